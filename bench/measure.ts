/**
 * What steps cost, in microseconds of processor time: `await measure('hpack', { decode: () => …, encode: () => … })`.
 *
 * Steps of one call take turns, so that what else the machine does hits all of them; each figure is the median of its rounds, and
 * a round lasts ten of the 4 ms steps in which some kernels count processor time. The command line has a say:
 * `--json` prints one line of JSON in place of a table (what `npm run bench:steps` reads), `--short` takes fewer rounds,
 * `--only=name,…` takes the steps whose names hold one of the words.
 */

/** One turn of a step; `turn` counts from 0, to pick among inputs. A promise is awaited before the next turn. */
export type Act = (turn: number) => unknown;

export interface MeasureOptions {
  /** 9 when left out, 3 with `--short`. */
  readonly rounds?: number;
  /** Processor time of a round in µs; 40,000 when left out, and not less than that. */
  readonly roundUs?: number;
  /** How many operations one turn does, when it is not one: figures are per operation. By name of the step, or for all. */
  readonly operations?: number | Readonly<Record<string, number>>;
  /**
   * Whose time counts: `thread` (when left out) is this thread alone; `process` also other threads, such as those of TLS or of a
   * server in a worker; `wall` is the clock, for steps that wait.
   */
  readonly time?: 'thread' | 'process' | 'wall';
}

/** Microseconds an operation. */
export interface Figure {
  readonly us: number;
  readonly least: number;
  readonly most: number;
}

export type Figures = Readonly<Record<string, Figure>>;

/** What `--json` prints, one line for each call of {@link measure}. */
export interface StepLine {
  readonly group: string;
  readonly steps: Figures;
}

const SHORTEST_ROUND_US = 40_000;
const short = process.argv.includes('--short');
const json = process.argv.includes('--json');
const words = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');

/** Keeps results alive, so that no compiler leaves out what makes them. */
let sink = 0;

/** Measures the steps, prints their figures, and gives them for more that the caller wants to say. */
export async function measure(
  group: string,
  steps: Readonly<Record<string, Act>>,
  options: MeasureOptions = {},
): Promise<Figures> {
  const { rounds = short ? 3 : 9, roundUs = SHORTEST_ROUND_US, operations = 1, time = 'thread' } = options;
  const now = CLOCKS[time];
  const wanted = Object.entries(steps)
    .filter(([name]) => words === undefined || words.some((word) => name.includes(word)))
    .map(([name, act]) => ({ name, act, times: [] as number[], next: 0 }));
  // The first round is thrown away: it compiles.
  for (let round = 0; round <= rounds; round++) {
    for (const step of wanted) {
      const each = typeof operations === 'number' ? operations : (operations[step.name] ?? 1);
      const { usedUs, turns } = await oneRound(
        step.act,
        step.next,
        now,
        Math.max(roundUs, SHORTEST_ROUND_US),
      );
      step.next += turns;
      if (round > 0) step.times.push(usedUs / turns / each);
    }
  }
  const figures = Object.fromEntries(wanted.map(({ name, times }) => [name, figure(times)]));
  print({ group, steps: figures });
  return figures;
}

/** Median, least and most of the figures of rounds. */
export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  return { us: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Microseconds with three digits that say something: 0.0123, 1.23, 123. */
export function microseconds(us: number): string {
  if (us >= 100) return us.toFixed(0);
  return us === 0 ? '0' : us.toFixed(Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(us)))));
}

const CLOCKS = {
  thread: () => sum(process.threadCpuUsage()),
  process: () => sum(process.cpuUsage()),
  wall: () => performance.now() * 1000,
};

const sum = ({ user, system }: { user: number; system: number }): number => user + system;

async function oneRound(
  act: Act,
  first: number,
  now: () => number,
  roundUs: number,
): Promise<{ usedUs: number; turns: number }> {
  let turns = 0;
  let usedUs = 0;
  // The clock is asked seldom where turns are short: it costs about 1 µs.
  let batch = 1;
  const startUs = now();
  while (usedUs < roundUs) {
    for (let i = 0; i < batch; i++) {
      const result = act(first + turns++);
      if (result instanceof Promise) await result;
      else if (result === undefined) sink++;
    }
    usedUs = now() - startUs;
    if (usedUs < roundUs / 64) batch = Math.min(batch * 2, 65_536);
  }
  return { usedUs, turns };
}

function print(line: StepLine): void {
  if (json) {
    console.log(JSON.stringify(line));
    return;
  }
  const width = Math.max(...Object.keys(line.steps).map((name) => name.length), line.group.length);
  console.log(
    `${line.group.padEnd(width)}  ${'µs'.padStart(9)}  ${'least'.padStart(9)}  ${'most'.padStart(9)}`,
  );
  for (const [name, { us, least, most }] of Object.entries(line.steps)) {
    const cells = [us, least, most].map((each) => microseconds(each).padStart(9));
    console.log(`${name.padEnd(width)}  ${cells.join('  ')}`);
  }
}

if (Number.isNaN(sink)) process.exitCode = 1;
