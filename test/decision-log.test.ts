import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open as openFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { decisionLog } from '../src/config/decision-log.ts';
import type { PortcullisError } from '../src/errors.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonValue } from '../src/json/value.ts';
import type { DecisionEvent, InputSource } from '../src/observe/decision-event.ts';
import { DecisionLog, type DecisionLogOptions } from '../src/observe/decision-log.ts';
import { logEntry } from '../src/observe/decision-log-entry.ts';
import type { LogOutput } from '../src/observe/log-output.ts';
import { parseMask } from '../src/observe/mask.ts';

const source = (
  document: () => JsonValue | undefined,
  extent: InputSource['extent'] = 'whole',
): InputSource => ({ document, extent });

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
  distrusted: false,
  evaluationMs: 0.25,
  api: 'grpc',
  requestedBy: '127.0.0.1:1',
  client: undefined,
  traceId: undefined,
  dryRun: false,
  error: undefined,
  builtinErrors: [],
  nonDeterministic: undefined,
  inputBytes: 60,
  input: source(() => parseJson('{"subject":{"token":"secret","id":12345678901234567890},"a/b":1}')),
  seenInput: () => source(() => ({ seen: true }), 'seen'),
  ...parts,
});

const NO_MASK = parseMask([]);
const entryOf = (parts: Partial<DecisionEvent>, ...mask: string[]) =>
  JSON.parse(logEntry(event(parts), parseMask(mask)).text);

test('an entry has the field names of an OPA decision log', () => {
  assert.equal(
    logEntry(event(), NO_MASK).text,
    '{"decision_id":"4ca636c1","bundles":{"policy":{"revision":"r1"}},"path":"shop/authz/decision",' +
      '"input":{"subject":{"token":"secret","id":12345678901234567890},"a/b":1},' +
      '"requested_by":"127.0.0.1:1","timestamp":"2026-11-22T00:00:00.000Z",' +
      '"metrics":{"timer_rego_query_eval_ns":250000},"custom":{"policy_set":"shop","status":"denied",' +
      '"reasons":["closed"],"cached":false,"digest":"d1","api":"grpc","builtin_errors":[]},' +
      '"result":{"allowed":false,"limit":1.0}}',
  );
});

test('an entry says when its entrypoint was distrusted, and that alone', () => {
  assert.equal(entryOf({ distrusted: true }).custom.distrusted, true);
  assert.ok(!('distrusted' in entryOf({}).custom));
});

test('an entry says when its input is not whole, and that alone', () => {
  let built = false;
  for (const extent of ['parts', 'seen'] as const) {
    built = false;
    const input: InputSource = {
      document: () => {
        built = true;
        return { a: 1 };
      },
      get extent() {
        return built ? extent : 'whole';
      },
    };
    const entry = entryOf({ input });
    assert.deepEqual([entry.input, entry.custom.partial_input], [{ a: 1 }, extent]);
  }
  assert.ok(!('partial_input' in entryOf({}).custom));
  const failing = source(() => parseJson('{'), 'seen');
  assert.ok(!('partial_input' in entryOf({ input: failing }).custom));
});

test('masked places are gone and named', () => {
  const entry = logEntry(
    event(),
    parseMask(['/input/subject/token', '/input/a~1b', '/result', '/input/none', '/nd_builtin_cache']),
  ).text;
  assert.ok(!entry.includes('secret'));
  assert.ok(!entry.includes('a/b":1'));
  assert.ok(entry.includes('"erased":["/input/subject/token","/input/a~1b","/custom/reasons","/result"]'));
  assert.ok(!entry.includes('"limit"'));
});

test('an input that cannot be built is left out', () => {
  const failing = event({
    input: source(() => parseJson('{')),
    error: { code: 'json_invalid', message: 'line 1' },
    json: undefined,
  });
  const entry = JSON.parse(logEntry(failing, NO_MASK).text);
  assert.ok(!('input' in entry));
  assert.ok(!('result' in entry));
  assert.deepEqual(entry['error'], { code: 'json_invalid', message: 'line 1' });
});

const QUOTING = {
  json: '{"allowed":false,"reason":"SECRET","other":1}',
  reasons: ['SECRET'],
  builtinErrors: ['time.parse_rfc3339_ns: parsing time "SECRET"', 'base64.decode: SECRET: no'],
  nonDeterministic: {
    'rand.intn': { '["SECRET", 10]': 3 },
    'time.now_ns': { '[]': 1763769600000000000 },
  },
};

test('what may repeat a masked input is left out: arguments and words of builtins', () => {
  const { nd_builtin_cache: calls, custom } = entryOf(QUOTING, '/input/subject/token');
  assert.deepEqual(calls, { 'rand.intn': {}, 'time.now_ns': { '[]': 1763769600000000000 } });
  assert.deepEqual(custom.builtin_errors, ['time.parse_rfc3339_ns', 'base64.decode']);
  const halted = { code: 'evaluation_failed', message: 'json.unmarshal: SECRET' } as const;
  assert.deepEqual(entryOf({ error: halted }, '/input').error, { ...halted, message: 'json.unmarshal' });
  assert.deepEqual(entryOf({ error: halted }).error, halted);
  const conflict = { code: 'evaluation_conflict', message: 'a.rego:3:1: var assignment conflict' };
  assert.deepEqual(entryOf({ error: conflict }, '/input').error, conflict);
});

for (const [pointer, hidden] of [
  ['/result', true],
  ['/result/reason', true],
  ['/result/reasons/0', true],
  ['/result/other', false],
  ['/input', false],
] as const) {
  test(`masking ${pointer} ${hidden ? 'hides' : 'leaves'} the copy of the reasons`, () => {
    const { custom, erased } = entryOf(QUOTING, pointer);
    assert.deepEqual(custom.reasons, hidden ? undefined : ['SECRET']);
    assert.equal(erased.includes('/custom/reasons'), hidden);
  });
}

test('a masked error takes along the reason that repeats it', () => {
  const refused = {
    json: undefined,
    error: { code: 'unknown_entrypoint', message: 'no SECRET' },
    reasons: ['no SECRET'],
  };
  for (const pointer of ['/error', '/error/message']) {
    assert.ok(!JSON.stringify(entryOf(refused, pointer)).includes('SECRET'));
  }
  assert.deepEqual(entryOf(refused, '/error/code', '/result').custom.reasons, ['no SECRET']);
});

test('every field that can hold what callers send can be masked by itself', () => {
  const pointers = [
    '/nd_builtin_cache/rand.intn',
    '/custom/builtin_errors/1',
    '/custom/reasons',
    '/result/reason',
    '/error/message',
  ];
  const config = decisionLog.parse({ mask: ['/input', '/result', '/nd_builtin_cache', '/custom', '/error'] });
  assert.equal(config.mask.length, 5);
  const { mask } = decisionLog.parse({ mask: pointers });
  const entry = entryOf({ ...QUOTING, error: { code: 'x', message: 'SECRET' } }, ...mask);
  assert.deepEqual(entry.custom.builtin_errors, [QUOTING.builtinErrors[0], null]);
  assert.deepEqual(entry.nd_builtin_cache, { 'time.now_ns': { '[]': 1763769600000000000 } });
  assert.deepEqual(entry.error, { code: 'x' });
  assert.deepEqual(entry.result, { allowed: false, other: 1 });
  assert.deepEqual(new Set(entry.erased), new Set(pointers));
  for (const pointer of ['/labels', '/inputs', 'input', '', '/decision_id', '/input~']) {
    assert.ok(!decisionLog.safeParse({ mask: [pointer] }).success, pointer);
  }
});

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

for (const [name, json] of [
  ['deeper than JSON documents may be', deep(300)],
  ['deeper than a stack', deep(100_000)],
  ['with a key twice, as Rego objects with the keys 1 and "1" have', '{"1":"x","1":"y"}'],
] as const) {
  test(`a result ${name} is written as it is, and left out where it would have to be masked`, () => {
    const whole = logEntry(event({ json }), parseMask(['/input/subject']));
    assert.ok(whole.text.endsWith(`,"result":${json}}`));
    assert.ok(whole.complete);
    const masked = logEntry(event({ json }), parseMask(['/result/1']));
    assert.ok(!masked.complete);
    const entry = JSON.parse(masked.text);
    assert.ok(!('result' in entry));
    assert.deepEqual(entry.erased, ['/result']);
    assert.match(entry.error.message, /^the result cannot be read/);
  });
}

test('a module that writes no JSON cannot forge fields or lines', () => {
  for (const json of ['true,"decision_id":"forged"', 'true}\n{"decision_id":"forged"', '"line\nbreak"', '']) {
    const { text, complete } = logEntry(event({ json }), NO_MASK);
    assert.ok(!complete);
    const entry = JSON.parse(text);
    assert.equal(entry.decision_id, '4ca636c1');
    assert.ok(!('result' in entry));
    assert.equal(entry.error.code, 'json_invalid');
  }
  const { text } = logEntry(event({ json: '{\n"a":\r\n1.0}' }), NO_MASK);
  assert.ok(text.endsWith(',"result":{ "a":  1.0}}'));
});

test('an entry that cannot be built says so, and nothing is thrown', () => {
  const { text, complete } = logEntry(event({ nonDeterministic: { 'rand.intn': 1n } }), NO_MASK);
  assert.ok(!complete);
  const entry = JSON.parse(text);
  assert.equal(entry.decision_id, '4ca636c1');
  assert.equal(entry.custom.status, 'denied');
  assert.equal(entry.error.code, 'internal');
});

const MIB = 1024 * 1024;
const OPTIONS = { mask: NO_MASK, labels: { id: 'one' }, maxBufferedEvents: 1000, maxBufferedBytes: 64 * MIB };

/** A log file in a folder of its own. */
async function logFile(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-log-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'logs', 'decisions.jsonl');
  const destination = { type: 'file', path } as const;
  const errors: Error[] = [];
  const open = (options: Partial<DecisionLogOptions> = {}) =>
    new DecisionLog({ ...OPTIONS, destination, ...options }, (error) => errors.push(error));
  return { folder, path, destination, errors, open };
}

const linesOf = async (path: string) =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const idsOf = (lines: readonly { decision_id: string }[]) => lines.map((line) => line.decision_id);
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `id ${from + i}`);

/** An output that does what a test says, one step a write: an error's code, or nothing to take it all. */
function scripted(...steps: (string | undefined)[]) {
  const taken: Uint8Array[] = [];
  let open = true;
  const output: LogOutput = {
    write: async (bytes, from) => {
      const code = steps.shift();
      if (code === 'STUCK') await new Promise(() => {});
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      // Half of what is left, as a file system may.
      const end = Math.ceil((from + bytes.byteLength) / 2);
      taken.push(bytes.slice(from, end));
      return end - from;
    },
    reopen: async () => true,
    close: async () => {
      open = false;
    },
  };
  const text = () => Buffer.concat(taken).toString();
  return { output, text, isOpen: () => open };
}

test('a file takes every event in order, and what does not fit the buffer is counted', async (t) => {
  const { path, errors, open } = await logFile(t);
  const log = open();
  for (const id of ids(1500)) log.write(event({ decisionId: id }));
  assert.deepEqual(log.figures(), { written: 0, incomplete: 0, dropped: 500, buffered: 1000 });
  await log.close();
  assert.deepEqual(log.figures(), { written: 1000, incomplete: 0, dropped: 500, buffered: 0 });
  assert.deepEqual(errors, []);
  const lines = await linesOf(path);
  assert.deepEqual(idsOf(lines), ids(1000));
  assert.equal(lines[0].level, 'info');
  assert.equal(lines[0].type, 'openpolicyagent.org/decision_logs');
  assert.deepEqual(lines[0].labels, { id: 'one' });
  assert.equal(lines[0].msg, 'Decision Log');
});

test('an event that cannot be built is written as far as it can be, counted, and keeps no other back', async (t) => {
  const { path, open } = await logFile(t);
  const log = open({ mask: parseMask(['/result/1']) });
  for (const [i, json] of [deep(300), 'true', '{"1":"x","1":"y"}', 'false'].entries()) {
    log.write(event({ decisionId: `id ${i}`, json }));
  }
  await log.close();
  assert.deepEqual(log.figures(), { written: 2, incomplete: 2, dropped: 0, buffered: 0 });
  assert.deepEqual(idsOf(await linesOf(path)), ids(4));
});

test('an event of which nothing can be written is dropped and counted, and keeps no other back', async (t) => {
  const { path, errors, open } = await logFile(t);
  const log = open();
  const events = [
    event({ decisionId: 'id 0' }),
    event({ wallMs: Number.NaN }),
    event({ decisionId: 'id 1' }),
  ];
  for (const each of events) log.write(each);
  await log.close();
  assert.deepEqual(idsOf(await linesOf(path)), ids(2));
  assert.deepEqual(log.figures(), { written: 2, incomplete: 0, dropped: 1, buffered: 0 });
  assert.equal(errors.length, 1);
});

test('the buffer is bounded by the size of inputs and results', async (t) => {
  const { path, open } = await logFile(t);
  const log = open({ maxBufferedBytes: MIB });
  for (const id of ids(5)) log.write(event({ decisionId: id, inputBytes: MIB / 4, json: '"x"' }));
  assert.deepEqual(log.figures(), { written: 0, incomplete: 0, dropped: 2, buffered: 3 });
  await log.close();
  assert.deepEqual(idsOf(await linesOf(path)), ids(3));
});

test('what failed to be written is tried again, from where it stopped', async () => {
  const { output, text, isOpen } = scripted(undefined, 'ENOSPC', 'EAGAIN', 'ENOSPC', undefined);
  const errors: Error[] = [];
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination },
    (error) => errors.push(error),
    () => output,
  );
  for (const id of ids(200)) log.write(event({ decisionId: id }));
  await log.close();
  assert.deepEqual(log.figures(), { written: 200, incomplete: 0, dropped: 0, buffered: 0 });
  const lines = text().trimEnd().split('\n');
  assert.deepEqual(idsOf(lines.map((line) => JSON.parse(line))), ids(200));
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['ENOSPC'],
  );
  assert.ok(!isOpen());
});

for (const [name, path] of [
  ['a full disk', '/dev/full'],
  ['a pipe that nobody reads', 'pipe'],
] as const) {
  test(`closing gives up on ${name}, and what is lost is counted`, async (t) => {
    const { folder, errors, open } = await logFile(t);
    const fifo = join(folder, 'pipe');
    execFileSync('mkfifo', [fifo]);
    const held = await openFile(fifo, constants.O_RDWR);
    t.after(() => held.close());
    const log = open({
      destination: { type: 'file', path: path === 'pipe' ? fifo : path },
      closeTimeoutMs: 50,
    });
    for (const id of ids(1000)) log.write(event({ decisionId: id }));
    await log.close();
    const { written, dropped, buffered } = log.figures();
    assert.equal(buffered, 0);
    assert.equal(written + dropped, 1000);
    assert.ok(dropped > 0);
    assert.match(
      errors.at(-1)!.message,
      new RegExp(`^${dropped} decisions could not be written within 50 ms`),
    );
  });
}

test('closing gives up on a write that never ends', async () => {
  const { output } = scripted('STUCK');
  const errors: Error[] = [];
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination, closeTimeoutMs: 1 },
    (error) => errors.push(error),
    () => output,
  );
  log.write(event());
  await log.close();
  log.write(event());
  assert.deepEqual(log.figures(), { written: 0, incomplete: 0, dropped: 2, buffered: 0 });
});

/** An output whose writes each wait until they are let through. */
function gated() {
  const waiting: (() => void)[] = [];
  const output: LogOutput = {
    write: async (bytes, from) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return bytes.byteLength - from;
    },
    reopen: async () => true,
    close: async () => {},
  };
  /** Lets the next write through, once there is one. */
  const letThrough = async (): Promise<void> => {
    while (waiting.length === 0) await setImmediate();
    waiting.shift()!();
  };
  return { output, letThrough };
}

test('a write that comes through after nobody waits for it is not counted again', async () => {
  const { output, letThrough } = gated();
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination, closeTimeoutMs: 1 },
    () => {},
    () => output,
  );
  for (const id of ids(3)) log.write(event({ decisionId: id }));
  await log.close();
  const lost = { written: 0, incomplete: 0, dropped: 3, buffered: 0 };
  assert.deepEqual(log.figures(), lost);
  await letThrough();
  await setImmediate();
  assert.deepEqual(log.figures(), lost);
});

test('what is being written, and what is built meanwhile, is buffered until it is out', async () => {
  const { output, letThrough } = gated();
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination },
    () => {},
    () => output,
  );
  // Four batches of the smallest size.
  for (const id of ids(256)) log.write(event({ decisionId: id }));
  const closed = log.close();
  for (let written = 0; written < 256; written += 64) {
    // Turns enough to build the next batch beside the one that is being written.
    for (let turn = 0; turn < 4; turn++) await setImmediate();
    assert.deepEqual(log.figures(), { written, incomplete: 0, dropped: 0, buffered: 256 - written });
    await letThrough();
  }
  await closed;
  assert.deepEqual(log.figures(), { written: 256, incomplete: 0, dropped: 0, buffered: 0 });
});

test('what comes in goes out, also when more comes in one turn than the smallest batch takes', async () => {
  let lines = 0;
  const output: LogOutput = {
    write: async (bytes, from) => {
      await setImmediate();
      lines += Buffer.from(bytes).toString().split('\n').length - 1;
      return bytes.byteLength - from;
    },
    reopen: async () => true,
    close: async () => {},
  };
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination, maxBufferedEvents: 5000 },
    () => {},
    () => output,
  );
  for (let turn = 0; turn < 100; turn++) {
    for (let i = 0; i < 200; i++) log.write(event());
    await setImmediate();
  }
  await log.close();
  assert.deepEqual(log.figures(), { written: 20_000, incomplete: 0, dropped: 0, buffered: 0 });
  assert.equal(lines, 20_000);
});

test('few events are written without waiting for more', async () => {
  const { output, text } = scripted();
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination },
    () => {},
    () => output,
  );
  for (const id of ids(2)) {
    log.write(event({ decisionId: id }));
    while (log.figures().buffered > 0) await setTimeout(1);
    assert.ok(text().includes(id));
  }
  await log.close();
});

test('a file that cannot be opened is refused with its path', async (t) => {
  const { folder, open } = await logFile(t);
  await writeFile(join(folder, 'file'), '');
  for (const path of [folder, join(folder, 'file', 'decisions.jsonl')]) {
    assert.throws(
      () => open({ destination: { type: 'file', path } }),
      (error: PortcullisError) => error.code === 'io_failed' && error.message.includes(path),
    );
  }
});

test('a file that was moved away is opened anew', async (t) => {
  const { path, errors, open } = await logFile(t);
  const log = open();
  for (const id of ids(100)) log.write(event({ decisionId: id }));
  while (log.figures().buffered > 0) await setTimeout(1);
  await rename(path, `${path}.1`);
  log.reopen();
  for (const id of ids(100, 100)) log.write(event({ decisionId: id }));
  await log.close();
  assert.deepEqual(idsOf(await linesOf(`${path}.1`)), ids(100));
  assert.deepEqual(idsOf(await linesOf(path)), ids(100, 100));
  assert.deepEqual(errors, []);
});

test('a log that is told to open its file anew while the last batch is written does so', async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const reopened = Promise.withResolvers<void>();
  const output: LogOutput = {
    write: async (bytes, from) => {
      begun.resolve();
      await goOn.promise;
      return bytes.byteLength - from;
    },
    reopen: async () => {
      reopened.resolve();
      return true;
    },
    close: async () => {},
  };
  const destination = { type: 'stdout' } as const;
  const log = new DecisionLog(
    { ...OPTIONS, destination },
    () => {},
    () => output,
  );
  log.write(event());
  await begun.promise;
  log.reopen();
  goOn.resolve();
  await reopened.promise;
  await log.close();
});

for (const isAnother of [true, false]) {
  test(`half a line, then ${isAnother ? 'another' : 'the same'} file: every line is whole, and none comes twice`, async () => {
    const files = [''];
    let isFull = false;
    const output: LogOutput = {
      write: async (bytes, from) => {
        if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        // Line by line, and half of the third one.
        const text = Buffer.from(bytes.subarray(from)).toString();
        const lines = text.split('\n').slice(0, 2).join('\n').length + 10;
        const some = files.length === 1 && files[0] === '' ? text.slice(0, lines) : text;
        isFull = some !== text;
        files[files.length - 1] += some;
        return Buffer.byteLength(some);
      },
      reopen: async () => {
        isFull = false;
        if (isAnother) files.push('');
        return isAnother;
      },
      close: async () => {},
    };
    const destination = { type: 'stdout' } as const;
    const failed = Promise.withResolvers<void>();
    const log = new DecisionLog(
      { ...OPTIONS, destination },
      () => failed.resolve(),
      () => output,
    );
    for (const id of ids(5)) log.write(event({ decisionId: id }));
    await failed.promise;
    log.reopen();
    await log.close();
    const whole = files
      .join('')
      .split('\n')
      .filter((line) => line.endsWith('}'));
    const found = whole.map(
      (line) => (JSON.parse(line.slice(line.lastIndexOf('{"level"'))) as { decision_id: string }).decision_id,
    );
    assert.deepEqual(found, ids(5));
  });
}

test('when a file cannot be opened anew, the old one takes the entries', async (t) => {
  const { folder, path, errors, open } = await logFile(t);
  const log = open();
  await rename(join(folder, 'logs'), join(folder, 'moved'));
  await writeFile(join(folder, 'logs'), 'in the way');
  log.reopen();
  log.write(event());
  await log.close();
  assert.equal((await linesOf(join(folder, 'moved', 'decisions.jsonl'))).length, 1);
  assert.match(errors[0]!.message, new RegExp(`^the decision log ${path} cannot be opened`));
});
