/**
 * V8 while a server starts. What it runs then, it runs once: compiled further, that would take more time and memory than it saves (15 MB), and
 * a young generation that grew by what is loaded, and stays, would keep some 25 MB for nothing.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { cachedDataVersionTag, getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** What compiles. While a server starts without them, and from then on: V8's own defaults. */
const COMPILERS: readonly (readonly [string, string])[] = [
  ['--no-sparkplug', '--sparkplug'],
  ['--no-maglev', '--maglev'],
  ['--no-turbofan', '--turbofan'],
];
/**
 * When V8 first compiles what is called often: after a quarter of its own count (400 calls). What a server does for a request whose answer is not in
 * the cache it does for one in fifty, and that was interpreted for half a minute of load. Not the compiler after that one: ADR 0027.
 */
const SOONER_MAGLEV = '--invocation-count-for-maglev=100';
const FLAGS: readonly (readonly [string, string])[] = [
  ['--semi-space-growth-factor=1', '--semi-space-growth-factor=2'],
  ...COMPILERS,
];

/** What a server needs of Node until it listens, and has not loaded yet. */
const NODE_MODULES = [
  'crypto',
  'dns/promises',
  'fs/promises',
  'net',
  'os',
  'stream/consumers',
  'timers/promises',
  'tty',
  'worker_threads',
  'zlib',
];

/** V8's flags while a server starts, and from then on. */
export class StartFlags {
  readonly #set: (flag: string) => void;
  #isStarting = false;
  /** Work that is to be compiled, under way: policy sets start side by side. */
  #working = 0;

  constructor(set: (flag: string) => void) {
    this.#set = set;
  }

  forStart(): void {
    for (const [starting] of FLAGS) this.#set(starting);
    this.#isStarting = true;
  }

  async compiled<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#isStarting) return work();
    if (this.#working++ === 0) for (const [, serving] of COMPILERS) this.#set(serving);
    try {
      return await work();
    } finally {
      // It may listen meanwhile.
      if (--this.#working === 0 && this.#isStarting) for (const [starting] of COMPILERS) this.#set(starting);
    }
  }

  forServing(): void {
    this.#isStarting = false;
    for (const [, serving] of FLAGS) this.#set(serving);
    this.#set(SOONER_MAGLEV);
  }
}

const flags = new StartFlags(setFlagsFromString);

/**
 * Before anything of ours is loaded: the cache of compiled scripts is kept by flags. But after Node's own modules: they come compiled, under
 * Node's own flags; under others they are compiled anew (20 ms).
 */
export function flagsForStart(): void {
  for (const name of NODE_MODULES) process.getBuiltinModule(`node:${name}`);
  flags.forStart();
}

/**
 * Has work compiled that comes while the server starts and goes over megabytes: ten times as fast. Not what is loaded meanwhile, if that can be:
 * the cache of compiled scripts is kept by flags.
 */
export function compiled<Result>(work: () => Promise<Result>): Promise<Result> {
  return flags.compiled(work);
}

/** Once the server listens: load makes code hot and the young generation grow. */
export function flagsForServing(): void {
  flags.forServing();
  boundMemory();
}

/** Both halves. It is told of a collection only after it, and has then grown once more: 8 MiB in most cases, 16 in some. */
const ENOUGH_YOUNG_BYTES = 4 * 1024 * 1024;

/**
 * Left alone, V8 lets the young generation grow to 64 MiB, and what dies old pile up until the heap has doubled: 50 MB that make no
 * decision faster. How far the young generation may grow is settled before a program begins; that it stops growing is not. It may shrink
 * in quiet times, so it is looked at after each collection.
 */
function boundMemory(): void {
  setFlagsFromString('--heap-growing-percent=50');
  let grows = true;
  new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!;
    const small = young.space_size < ENOUGH_YOUNG_BYTES;
    if (small !== grows) setFlagsFromString(`--semi-space-growth-factor=${small ? 2 : 1}`);
    grows = small;
  }).observe({ entryTypes: ['gc'] });
}

/** The folder that Node keeps compiled scripts in, under the flags of the moment. */
export function compiledName(): string {
  const { arch, getuid, version } = process;
  return [version, arch, cachedDataVersionTag().toString(16), getuid?.()]
    .filter((part) => part !== undefined)
    .join('-');
}
