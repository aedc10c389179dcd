/** Lines are put together from kept texts and spliced inputs; here they are compared with entries that are built as objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonBytesView, jsonValueView, NO_INPUT_VIEW } from '../src/decision/json-view.ts';
import { seenInput } from '../src/decision/seen-input.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { parseJson } from '../src/json/parse.ts';
import type { DecisionEvent } from '../src/observe/decision-event.ts';
import { logEntry } from '../src/observe/decision-log-entry.ts';
import { LineBuffer } from '../src/observe/line-buffer.ts';
import { LineWriter } from '../src/observe/line-writer.ts';
import { parseMask } from '../src/observe/mask.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { footprint } from './support/engine.ts';

const LABELS = { id: 'one', version: '1' };
/** Of inputs as they are made here some are seen in part, some not at all. */
const SOME_SEEN = compileProjector(footprint('a/b', 'headers', 'cookie/a', 'b/0').input);
const LIMITS = { maxBytes: 10_000, maxDepth: 20 };

type Parts = Omit<DecisionEvent, 'input' | 'inputBytes' | 'seenInput'>;

/** Views change when they are asked: each entry gets one of its own. */
const eventOf = (parts: Parts, text: string | undefined, asText: boolean): DecisionEvent => {
  const bytes = Buffer.from(text ?? '');
  const view =
    text === undefined
      ? NO_INPUT_VIEW
      : asText
        ? jsonBytesView(bytes, LIMITS)
        : jsonValueView(() => parseJson(bytes, LIMITS), bytes.length);
  if (asText) {
    try {
      view.project(SOME_SEEN);
    } catch {
      // Such a decision is denied, and recorded like others.
    }
  }
  return { ...parts, inputBytes: view.sizeBytes, input: view, seenInput: () => seenInput(view, SOME_SEEN) };
};

const canonical = (text: string): string => canonicalJson(parseJson(text, { lenient: true }));

const key = fc.constantFrom('a', 'b', 'headers', 'cookie', '0', 'ü/~', '__proto__');
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(null, true, 0, 1e21, 'x', 'a"b\n', 'ü€', '\ud800'),
      fc.string({ unit: 'binary' }),
    ),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(key, tie('document'), { maxKeys: 5, noNullPrototype: false }),
  ),
}));

const inputText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(document, fc.constantFrom(0, 1))
      .map(([value, indent]) => JSON.stringify(value, null, indent)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"a":1.0,"b":-0,"c":1e3}',
      '{"a":1,"a":2}',
      '[1e999999]',
      '{',
      '{"a":"\\ud83d\\u00e9"}',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const resultText = fc.oneof(
  fc.constantFrom(
    undefined,
    'true',
    '{"allowed":true,"headers":{"cookie":"x","a":1.0}}',
    '{\n"reason":"r"}',
    '{"1":1,"1":2}',
    'nonsense',
    '[]',
  ),
  document.map((value) => JSON.stringify(value)),
);

const pointer = fc
  .tuple(
    fc.constantFrom('input', 'input', 'input', 'result', 'result', 'error', 'custom', 'nd_builtin_cache'),
    fc.array(fc.oneof(key, fc.constantFrom('reason', 'message', 'status')), { maxLength: 3 }),
  )
  .map(([field, path]) =>
    ['', field, ...path.map((segment) => segment.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/'),
  );

/** Most masks name places in inputs and results only. */
const masks = fc.oneof(
  fc.array(pointer, { maxLength: 5 }),
  fc.array(
    pointer.filter((text) => /^\/(?:input|result)/.test(text)),
    { maxLength: 5 },
  ),
);

const provenance = {};
const optional = <T>(...values: readonly T[]) => fc.constantFrom(undefined, ...values);
const parts: fc.Arbitrary<Parts> = fc.record({
  decisionId: fc.uuid(),
  batchId: optional('batch'),
  wallMs: fc.integer({ min: -1e12, max: 4e12 }),
  provenance: optional(provenance),
  policySet: fc.constant('shop'),
  entrypoint: fc.constant('a/"allow"'),
  revisions: fc.constant({ policy: 'r"1', data: '2' }),
  digest: fc.constantFrom('d1', ''),
  status: fc.constantFrom('allowed', 'denied', 'undefined'),
  reasons: fc.array(fc.constantFrom('closed', 'a"b'), { maxLength: 2 }),
  json: resultText,
  cached: fc.boolean(),
  distrusted: fc.boolean(),
  evaluationMs: fc.constantFrom(0, 0.25, 0.000_000_4, 1e10),
  api: fc.constantFrom('grpc', 'ext_authz'),
  requestedBy: fc.constantFrom('unix', '127.0.0.1:1', '"'),
  client: optional('gateway'),
  traceId: optional('0af7651916cd43dd8448eb211c80319c'),
  dryRun: fc.boolean(),
  error: optional(
    { code: 'evaluation_failed', message: 'json.unmarshal: SECRET' },
    { code: 'json_invalid', message: 'line "1"' },
  ),
  builtinErrors: fc.constantFrom([], ['base64.decode: SECRET', 'x']),
  nonDeterministic: optional<Record<string, unknown>>(
    { 'rand.intn': { '["SECRET"]': 3 }, 'time.now_ns': { '[]': 1 } },
    { 'rand.intn': 1n },
  ),
});

function lineOf(writer: LineWriter, event: DecisionEvent): { text: string; complete: boolean } {
  const lines = new LineBuffer();
  const complete = writer.write(event, lines);
  return { text: Buffer.from(lines.bytes()).toString(), complete };
}

test('a line says what the entry says', () => {
  const complete = { whole: 0, seen: 0 };
  const check = (
    pointers: readonly string[],
    shown: 'whole' | 'seen',
    rows: readonly (readonly [Parts, string | undefined, boolean])[],
  ): void => {
    const mask = parseMask(pointers, shown);
    // One writer for several events: what it keeps of one must not show in another.
    const writer = new LineWriter(mask, LABELS);
    for (const [fields, text, asText] of rows) {
      const line = lineOf(writer, eventOf(fields, text, asText));
      const entry = logEntry(eventOf(fields, text, asText), mask);
      assert.ok(line.text.endsWith('\n') && !/[\r\n]/.test(line.text.slice(0, -1)));
      const start = { level: 'info', type: 'openpolicyagent.org/decision_logs', labels: LABELS };
      const expected = `${JSON.stringify(start).slice(0, -1)},${entry.text.slice(1, -1)},"msg":"Decision Log"}`;
      assert.equal(canonical(line.text), canonical(expected));
      assert.equal(line.complete, entry.complete);
      if (line.complete) complete[shown]++;
    }
  };
  const rows = fc.array(fc.tuple(parts, inputText, fc.boolean()), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(masks, fc.constantFrom('whole', 'seen'), rows, check), { numRuns: 1200 });
  assert.ok(complete.whole > 400 && complete.seen > 400);
});

for (const inResult of ['secret', 'reason'])
  test(`the end of a line is kept for events that end alike only, without the result's ${inResult}`, () => {
    const mask = parseMask(['/input/a', '/input/b', `/result/${inResult}`]);
    const base: Parts = {
      ...fc.sample(parts, { numRuns: 1, seed: 1 })[0]!,
      json: 'true',
      provenance,
      digest: 'd1',
      status: 'allowed',
      reasons: [],
      cached: true,
      distrusted: false,
      evaluationMs: 0,
      api: 'grpc',
      client: undefined,
      dryRun: false,
      error: undefined,
      builtinErrors: [],
      nonDeterministic: undefined,
    };
    const closed = ['closed'];
    const events = (
      [
        [{}],
        [{ decisionId: 'another', wallMs: 1, requestedBy: 'another', evaluationMs: 2 }],
        [{}, '{"a":1}'],
        [{}, '{"b":1}'],
        [{}, '{"a":1,"b":1}'],
        [{}, undefined],
        [{ json: 'false' }],
        [{ json: undefined }],
        [{ json: `{"${inResult}":1}` }],
        [{ provenance: undefined }],
        [{ provenance: {}, digest: 'd2' }],
        [{ status: 'denied' }],
        [{ reasons: closed }],
        [{ reasons: closed, error: { code: 'internal', message: 'm' } }],
        [{ reasons: ['open'] }],
        [{ cached: false }],
        [{ distrusted: true }],
        [{ api: 'ext_authz' }],
        [{ client: 'gateway' }],
        [{ dryRun: true }],
        [{ error: { code: 'internal', message: 'm' } }],
        [{ builtinErrors: ['x'] }],
      ] as readonly (readonly [Partial<Parts>, string?])[]
    ).map((row) => eventOf({ ...base, ...row[0] }, row.length > 1 ? row[1] : '{}', true));
    events.push({ ...events[0]!, input: { extent: 'parts', document: () => ({}) } });
    const fresh = events.map((event) => lineOf(new LineWriter(mask, LABELS), event).text);
    // More ends than are kept.
    const all = new LineWriter(mask, LABELS);
    for (let round = 0; round < 3; round++)
      for (const [i, event] of events.entries()) assert.equal(lineOf(all, event).text, fresh[i]);
    for (const [i, first] of events.entries())
      for (const [j, second] of events.entries()) {
        const writer = new LineWriter(mask, LABELS);
        assert.equal(lineOf(writer, first).text, fresh[i]);
        assert.equal(lineOf(writer, second).text, fresh[j]);
      }
  });

test('of a line whose end is kept nothing is put together', (t) => {
  const plain: Parts = {
    ...fc.sample(parts, { numRuns: 1, seed: 1 })[0]!,
    json: '{"allowed":true}',
    provenance,
    digest: 'd1',
    reasons: ['closed'],
    error: undefined,
    builtinErrors: [],
    nonDeterministic: undefined,
    evaluationMs: 0,
    requestedBy: 'unix',
    wallMs: 1,
  };
  const writer = new LineWriter(parseMask([]), LABELS);
  const stringify = t.mock.method(JSON, 'stringify');
  const calls = (changes: Partial<Parts>): number => {
    const event = eventOf({ ...plain, ...changes }, '{}', true);
    const before = stringify.mock.callCount();
    lineOf(writer, event);
    return stringify.mock.callCount() - before;
  };
  assert.ok(calls({}) > 0);
  assert.equal(calls({ decisionId: 'another', reasons: ['closed'] }), 0);
  assert.ok(calls({ reasons: ['open'] }) > 0);
  assert.equal(calls({ reasons: ['open'] }), 0);
  assert.equal(calls({}), 0);
  // More than are kept: those that are stay, and others take a place only now and then.
  let kept = 0;
  for (let i = 0; i < 300; i++) if (calls({ reasons: [`r${i % 30}`] }) === 0) kept++;
  assert.ok(kept >= 60 && kept < 150, `${kept} of 300`);
});

for (const id of [
  '',
  'plain',
  '"',
  '\\',
  'é',
  '\n',
  '\u007f',
  '\ud800',
  'x'.repeat(3000),
  `${'x'.repeat(3000)}"`,
])
  test(`an id is quoted, whatever it is: ${JSON.stringify(id.slice(-9))}`, () => {
    const lines = new LineBuffer();
    lines.addQuoted(id);
    lines.addQuoted(id);
    assert.equal(Buffer.from(lines.bytes()).toString(), JSON.stringify(id).repeat(2));
  });

test('results of one text are read once, and those that all differ are not kept', () => {
  const writer = new LineWriter(parseMask(['/result/secret']), LABELS);
  const fields = fc.sample(parts, { numRuns: 1, seed: 1 })[0]!;
  for (let i = 0; i < 1000; i++) {
    const json = `{"allowed":true,"secret":1,"n":${i}}`;
    const event = eventOf({ ...fields, json, error: undefined, nonDeterministic: undefined }, '{}', true);
    for (const { text } of [lineOf(writer, event), lineOf(writer, event)]) {
      const entry = JSON.parse(text) as { result: object; erased: readonly string[] };
      assert.deepEqual(entry.result, { allowed: true, n: i });
      assert.deepEqual(entry.erased, ['/result/secret']);
    }
  }
});

test('an entry of what was seen holds nothing else, and says so', () => {
  const fields = fc.sample(parts, { numRuns: 1, seed: 1 })[0]!;
  const plain = { ...fields, error: undefined, nonDeterministic: undefined };
  const text =
    '{"a":{"b":1,"unread":"SECRET"},"headers":["SECRET"],"cookie":{"a":"masked"},"other":"SECRET"}';
  const writer = new LineWriter(parseMask(['/input/cookie/a', '/input/other'], 'seen'), LABELS);
  for (const asText of [true, false]) {
    const line = lineOf(writer, eventOf(plain, text, asText)).text;
    assert.doesNotMatch(line, /SECRET|masked/);
    const entry = JSON.parse(line) as { input: unknown; erased: unknown; custom: { partial_input: string } };
    assert.deepEqual(entry.input, { a: { b: 1 }, cookie: {}, headers: [] });
    assert.deepEqual(entry.erased, ['/input/cookie/a']);
    assert.equal(entry.custom.partial_input, 'seen');
  }
});
