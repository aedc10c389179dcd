/**
 * What it costs to project documents, in µs of processor time: medians of rounds that take turns.
 * `npx node bench/projection.ts` for documents and forms of projectors, `… keys` for keys verbatim and hashed, and
 * `… data 100` for digests of 100 MB of base data.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { canonicalJson } from '../src/json/canonical.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonObject, JsonValue } from '../src/json/value.ts';
import { type ReadTree, SCALAR, WHOLE } from '../src/policy/plan/footprint.ts';
import { dataDigester } from '../src/policy/projection/data-digest.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { projectedText } from '../test/support/projected-text.ts';
import { DOCUMENTS, TREES } from './projection-cases.ts';
import { closures, generated } from './projection-forms.ts';

const ROUNDS = 21;
const ROUND_US = 10_000;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Keeps results alive, and makes sure that texts are there in one piece. */
let sink = 0;

/** Processor time of this thread: what else the machine does counts less. */
function usedUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function microseconds(act: (turn: number) => string): number {
  const startUs = usedUs();
  let turns = 0;
  while (usedUs() - startUs < ROUND_US) {
    for (let i = 0; i < 32; i++) sink ^= act(turns++).charCodeAt(3);
  }
  return (usedUs() - startUs) / turns;
}

function compare(acts: Readonly<Record<string, (turn: number) => string>>): Record<string, string> {
  const rounds = Object.entries(acts).map(([name, act]) => ({ name, act, times: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { act, times } of rounds) times.push(microseconds(act));
  }
  return Object.fromEntries(rounds.map(({ name, times }) => [name, median(times).toFixed(2)]));
}

function documents(): void {
  for (const [size, text] of Object.entries(DOCUMENTS)) {
    // Several copies: no document is asked twice in a row.
    const copies = Array.from({ length: 8 }, () => parseJson(text));
    const at = (turn: number): JsonValue => copies[turn & 7]!;
    const rows: object[] = [];
    for (const [sees, tree] of Object.entries(TREES)) {
      const projector = compileProjector(tree);
      const [inClosures, inGenerated] = [closures(tree), generated(tree)];
      const projected = projectedText(tree, at(0));
      for (const form of [inClosures, inGenerated]) if (form(at(0)) !== projected) throw new Error(sees);
      const times = compare({
        key: (turn) => projector.project(at(turn)).key,
        'key and bytes': (turn) => {
          const projection = projector.project(at(turn));
          return projection.key + projection.json!.length;
        },
        closures: (turn) => inClosures(at(turn)),
        generated: (turn) => inGenerated(at(turn)),
        plain: (turn) => projectedText(tree, at(turn)),
      });
      rows.push({
        sees,
        'projected, B': projected.length,
        'key, B': projector.project(at(0)).key.length,
        ...times,
      });
    }
    console.log(
      `\n${size}: ${text.length} B`,
      compare({
        parse: () => `    ${sizeOf(parseJson(text))}`,
        canonicalJson: (turn) => canonicalJson(at(turn)),
      }),
    );
    console.table(rows);
  }
}

const sizeOf = (value: JsonValue): number => Object.keys(value as JsonObject).length;

/** Looked up in a cache of 20,000 entries, each time as a new string that was put together. */
function keys(): void {
  const prefix = hash('sha256', '', 'base64url');
  const rows: object[] = [];
  for (const characters of [64, 128, 192, 256, 384, 512, 1024, 2048]) {
    const count = 20_000;
    const begin = `{"attributes":"${'aB3_'.repeat(characters / 4 - 8)}`;
    const ends = Array.from({ length: count }, (_, i) => `","user":"user-${i}"}`);
    const textOf = (turn: number): string => begin + ends[(turn * 7919) % count]!;
    const forms = {
      verbatim: (text: string) => `${prefix}j${text}`,
      hashed: (text: string) => `${prefix}h${hash('sha256', text, 'base64url')}`,
    };
    const acts = Object.entries(forms).map(([name, keyOf]) => {
      const cache = new LRUCache<string, string>({ max: count });
      for (let i = 0; i < count; i++) cache.set(keyOf(textOf(i)), 'true');
      return [name, (turn: number) => cache.get(keyOf(textOf(turn)))!] as const;
    });
    rows.push({ characters, ...compare(Object.fromEntries(acts)) });
  }
  console.table(rows);
}

function data(megabytes: number): void {
  const count = (megabytes * 1e6) / 2 / 107;
  const people = (): JsonObject =>
    Object.fromEntries(
      Array.from({ length: count }, (_, id) => [
        `person-${id}`,
        { id, role: 'buyer', tags: ['a', 'b'], name: `person number ${id}`, email: `p${id}@example.com` },
      ]),
    );
  const whole: JsonObject = { staff: people(), users: people() };
  const timed = <T>(what: string, act: () => T): T => {
    const startUs = usedUs();
    const result = act();
    console.log(`${what}: ${((usedUs() - startUs) / 1000).toFixed(0)} ms`);
    return result;
  };
  const text = timed('canonicalJson', () => canonicalJson(whole));
  timed(`SHA-256 of these ${(text.length / 1e6).toFixed(0)} MB`, () => hash('sha256', text));
  const digest = dataDigester(Buffer.from(text));
  const of = (children: Record<string, ReadTree>): ReadTree => ({
    reads: 0,
    children: new Map(Object.entries(children)),
  });
  timed('digest of one half', () => digest(of({ staff: WHOLE })));
  timed('digest of both halves', () => digest(of({ staff: WHOLE, users: WHOLE })));
  timed('digest of everything', () => digest(WHOLE));
  timed('digest of the roles in one half', () =>
    digest(of({ staff: { reads: 0, each: of({ role: { reads: SCALAR } }) } })),
  );
}

const [what, amount] = process.argv.slice(2);
if (what === 'keys') keys();
else if (what === 'data') data(Number(amount ?? 10));
else documents();
process.exitCode = Number.isNaN(sink) ? 1 : 0;
