import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJson } from '../src/json/parse.ts';
import { parsePointer } from '../src/json/pointer.ts';
import type { DecisionEvent } from '../src/observe/decision-event.ts';
import { DecisionLog } from '../src/observe/decision-log.ts';
import { logEntry } from '../src/observe/decision-log-entry.ts';

const event = (parts: Partial<DecisionEvent> = {}): DecisionEvent => ({
  decisionId: '4ca636c1',
  batchId: undefined,
  wallMs: Date.UTC(2026, 10, 22),
  policySet: 'shop',
  entrypoint: 'shop/authz/decision',
  revisions: { policy: 'r1' },
  digest: 'd1',
  status: 'denied',
  reasons: ['closed'],
  json: '{"allowed":false,"limit":1.0}',
  cached: false,
  evaluationMs: 0.25,
  api: 'grpc',
  requestedBy: '127.0.0.1:1',
  client: undefined,
  traceId: undefined,
  error: undefined,
  builtinErrors: [],
  nonDeterministic: undefined,
  input: () => parseJson('{"subject":{"token":"secret","id":12345678901234567890},"a/b":1}'),
  ...parts,
});

const mask = (...pointers: string[]) => pointers.map((text) => ({ text, pointer: parsePointer(text) }));

test('an entry has the field names of an OPA decision log', () => {
  assert.equal(
    JSON.stringify(logEntry(event(), [])),
    '{"decision_id":"4ca636c1","bundles":{"policy":{"revision":"r1"}},"path":"shop/authz/decision",' +
      '"input":{"subject":{"token":"secret","id":12345678901234567890},"a/b":1},' +
      '"result":{"allowed":false,"limit":1.0},"requested_by":"127.0.0.1:1","timestamp":"2026-11-22T00:00:00.000Z",' +
      '"metrics":{"timer_rego_query_eval_ns":250000},"custom":{"policy_set":"shop","status":"denied",' +
      '"reasons":["closed"],"cached":false,"digest":"d1","api":"grpc","builtin_errors":[]}}',
  );
});

test('masked places are gone and named', () => {
  const entry = JSON.stringify(
    logEntry(
      event(),
      mask('/input/subject/token', '/input/a~1b', '/result', '/input/none', '/nd_builtin_cache'),
    ),
  );
  assert.ok(!entry.includes('secret'));
  assert.ok(!entry.includes('a/b":1'));
  assert.ok(entry.includes('"erased":["/input/subject/token","/input/a~1b","/result"]'));
  assert.ok(!entry.includes('"limit"'));
});

test('an input that cannot be built is left out', () => {
  const failing = event({
    input: () => parseJson('{'),
    error: { code: 'json_invalid', message: 'line 1' },
    json: undefined,
  });
  const entry = logEntry(failing, []) as Record<string, unknown>;
  assert.ok(!('input' in entry));
  assert.ok(!('result' in entry));
  assert.deepEqual(entry['error'], { code: 'json_invalid', message: 'line 1' });
});

test('a file takes every event in order, and what does not fit the buffer is counted', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-log-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'decisions.jsonl');
  const errors: Error[] = [];
  const options = { destination: { type: 'file', path } as const, mask: [], labels: { id: 'one' } };
  const log = new DecisionLog({ ...options, maxBufferedEvents: 1000 }, (error) => errors.push(error));
  for (let i = 0; i < 1500; i++) log.write(event({ decisionId: `id ${i}` }));
  assert.deepEqual(log.figures(), { written: 0, dropped: 500, buffered: 1000 });
  await log.close();
  assert.deepEqual(log.figures(), { written: 1000, dropped: 500, buffered: 0 });
  assert.deepEqual(errors, []);
  const lines = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => line.decision_id),
    Array.from({ length: 1000 }, (_, i) => `id ${i}`),
  );
  assert.equal(lines[0].level, 'info');
  assert.equal(lines[0].type, 'openpolicyagent.org/decision_logs');
  assert.deepEqual(lines[0].labels, { id: 'one' });
});
