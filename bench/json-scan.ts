/**
 * What it costs to project JSON text, in µs of processor time: scanned, and parsed first. Medians of rounds that take turns.
 * `npx node bench/json-scan.ts`
 */
import { Buffer } from 'node:buffer';
import { parseJson } from '../src/json/parse.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { DOCUMENTS, TREES } from './projection-cases.ts';

const ROUNDS = 21;
const ROUND_US = 8000;
const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 128 };

/** Processor time of this thread: what else the machine does counts less. */
function usedUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Keeps results alive. */
let sink = 0;

function microseconds(act: () => string): number {
  const startUs = usedUs();
  let turns = 0;
  while (usedUs() - startUs < ROUND_US) {
    for (let i = 0; i < 16; i++) sink ^= act().charCodeAt(3);
    turns += 16;
  }
  return (usedUs() - startUs) / turns;
}

const NOTHING = { reads: 0 };

for (const [size, text] of Object.entries(DOCUMENTS)) {
  const bytes = Buffer.from(text);
  const rows: object[] = [];
  for (const [sees, tree] of Object.entries({ nothing: NOTHING, ...TREES })) {
    const projector = compileProjector(tree);
    const acts = {
      scanned: () => projector.projectText(bytes, LIMITS).key,
      'parsed, projected': () => projector.project(parseJson(bytes, LIMITS)).key,
      parsed: () => String(Object.keys(parseJson(bytes, LIMITS) as object)),
    };
    if (acts.scanned() !== acts['parsed, projected']()) throw new Error(sees);
    const rounds = Object.entries(acts).map(([name, act]) => ({ name, act, times: [] as number[] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { act, times } of rounds) times.push(microseconds(act));
    }
    const times = Object.fromEntries(rounds.map((round) => [round.name, median(round.times)]));
    rows.push({
      sees,
      ...Object.fromEntries(Object.entries(times).map(([name, us]) => [name, us.toFixed(2)])),
      'scanned, ns a byte': ((times['scanned']! * 1000) / bytes.length).toFixed(2),
    });
  }
  console.log(`\n${size}: ${bytes.length} B`);
  console.table(rows);
}
process.exitCode = Number.isNaN(sink) ? 1 : 0;
