/** What a cache key must tell apart, and what it must not: against an independent reading of the same JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonBytesView } from '../src/decision/json-view.ts';
import { WHOLE_PROJECTOR } from '../src/policy/projection/projector.ts';

/** A document to be written: numbers by their text, so that `1` and `1.0` differ. */
type Doc =
  | { num: string }
  | { str: string }
  | { word: 'null' | 'true' | 'false' }
  | Doc[]
  | { obj: [string, Doc][] };

const { doc } = fc.letrec<{ doc: Doc }>((tie) => ({
  doc: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      num: fc.constantFrom(
        '0',
        '-0',
        '1',
        '1.0',
        '1e0',
        '10',
        '1E1',
        '12345678901234567890',
        '12345678901234567891',
      ),
    }),
    fc.record({ str: fc.constantFrom('', '1', 'null', 'a', 'é', '\u2028', '\u{1f600}', '"', '\\', '\n') }),
    fc.record({ word: fc.constantFrom('null' as const, 'true' as const, 'false' as const) }),
    fc.array(tie('doc'), { maxLength: 3 }),
    fc.record({
      obj: fc.uniqueArray(
        fc.tuple(
          fc.constantFrom('', 'a', 'b', '__proto__', 'constructor', 'é', '\u{1f600}', '\uffff', '1'),
          tie('doc'),
        ),
        { maxLength: 4, selector: ([key]) => key },
      ),
    }),
  ),
}));

/** Writes a document one of many ways: white space, order of keys and escapes differ with the seed. */
function write(value: Doc, random: () => number): string {
  const space = (): string => [' ', '\n', '\t', '', '', ''][Math.floor(random() * 6)]!;
  const text = (str: string): string =>
    random() < 0.5
      ? JSON.stringify(str)
      : `"${str.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
  const wrap = (inner: string): string => space() + inner + space();
  if (Array.isArray(value)) return wrap(`[${value.map((item) => write(item, random)).join(',')}${space()}]`);
  if ('num' in value) return wrap(value.num);
  if ('str' in value) return wrap(text(value.str));
  if ('word' in value) return wrap(value.word);
  const members = value.obj
    .map((member) => ({ member, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ member: [key, item] }) => `${space()}${text(key)}:${write(item, random)}`);
  return wrap(`{${members.join(',')}}`);
}

/** What a document means to a policy, from its description alone. */
function meaning(value: Doc): unknown {
  if (Array.isArray(value)) return ['array', value.map(meaning)];
  if (!('obj' in value)) return value;
  return [
    'object',
    [...value.obj].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, meaning(item)]),
  ];
}

const LIMITS = { maxBytes: 100_000, maxDepth: 32 };
const project = (json: string) => jsonBytesView(Buffer.from(json), LIMITS).project(WHOLE_PROJECTOR);

const seeded = (seed: number) => {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
};

test('two documents share a key exactly when they mean the same, however they are written', () => {
  const seen = new Map<string, string>();
  const meanings = new Map<string, string>();
  fc.assert(
    fc.property(doc, fc.nat(), fc.nat(), (value, one, other) => {
      const [first, second] = [one, other].map((seed) => project(write(value, seeded(seed))));
      assert.equal(first!.key, second!.key);
      assert.deepEqual(first!.json, second!.json);
      const means = JSON.stringify(meaning(value));
      assert.equal(seen.get(first!.key) ?? means, means, 'another meaning had this key');
      assert.equal(meanings.get(means) ?? first!.key, first!.key, 'this meaning had another key');
      seen.set(first!.key, means);
      meanings.set(means, first!.key);
    }),
    { numRuns: 5000 },
  );
  assert.ok(seen.size > 500, `${seen.size} different documents`);
});

test('what the module is given means what the caller sent', () => {
  fc.assert(
    fc.property(doc, fc.nat(), (value, seed) => {
      const sent = write(value, seeded(seed));
      const given = Buffer.from(project(sent).json!).toString();
      assert.deepEqual(sources(given), sources(sent));
    }),
    { numRuns: 2000 },
  );
});

/** A reading by the platform's parser that keeps the text of numbers. */
const sources = (json: string): unknown =>
  JSON.parse(json, function (this: unknown, _key, value: unknown, { source }: { source?: string } = {}) {
    return typeof value === 'number' ? { number: source } : value;
  } as (key: string, value: unknown) => unknown);
