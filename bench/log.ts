/**
 * A line of the decision log: put together, and all the way to a file; masked and not; of JSON inputs and of checks. The peer is
 * pino, given the same fields, which reads the input and takes masked places out (`redact`). `npx node bench/log.ts` prints
 * microseconds a line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { EXT_AUTHZ_SECRETS } from '../src/app/ext-authz-secrets.ts';
import type { Question } from '../src/decision/decision.ts';
import { decisionId } from '../src/decision/decision-id.ts';
import type { InputView } from '../src/decision/input-view.ts';
import { jsonBytesView } from '../src/decision/json-view.ts';
import { DecisionRecord } from '../src/decision/record.ts';
import { CheckRequestSchema } from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { DecisionLog } from '../src/observe/decision-log.ts';
import { logEntry } from '../src/observe/decision-log-entry.ts';
import { fieldsOf } from '../src/observe/entry-fields.ts';
import { LineBuffer } from '../src/observe/line-buffer.ts';
import { LineWriter } from '../src/observe/line-writer.ts';
import { type Mask, parseMask } from '../src/observe/mask.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { CheckView } from '../src/services/ext-authz/check-view.ts';
import { measure } from './measure.ts';

const EVENTS = 512;
const LABELS = { id: decisionId(), version: '1.0.0' };
const LIMITS = { maxBytes: 1 << 20, maxDepth: 64 };

const json = await readFile(fileURLToPath(new URL('../examples/demo/allow.json', import.meta.url)));
const checks = Array.from({ length: EVENTS }, (_, i) =>
  toBinary(
    CheckRequestSchema,
    create(CheckRequestSchema, {
      attributes: {
        source: { principal: 'spiffe://prod/ns/web/sa/frontend', ...addressOf('10.1.2.3', 40_000 + i) },
        destination: addressOf('10.1.9.9', 8080),
        request: {
          time: { seconds: 1_790_000_000n, nanos: i * 1000 },
          http: {
            id: String(1e15 + i),
            method: 'GET',
            path: `/orders/items/${i}`,
            host: 'shop.example.com',
            scheme: 'https',
            protocol: 'HTTP/1.1',
            headers: {
              ':authority': 'shop.example.com',
              ':method': 'GET',
              ':path': `/orders/items/${i}`,
              ':scheme': 'https',
              accept: '*/*',
              authorization: `Bearer ${'0123456789abcdef'.repeat(8)}`,
              'user-agent': 'curl/8.5.0',
              'x-forwarded-proto': 'https',
              'x-request-id': decisionId(),
              'x-role': 'customer',
            },
          },
        },
      },
    }),
  ),
);

function addressOf(address: string, portValue: number) {
  const value = { address, portSpecifier: { case: 'portValue' as const, value: portValue } };
  return { address: { address: { case: 'socketAddress' as const, value } } };
}

const NOTHING_SEEN = compileProjector({ reads: 0 });
const provenance = {
  policySet: 'shop',
  entrypoint: 'envoy/authz/allow',
  revisions: { policy: '2026-11-22' },
  digest: decisionId(),
};
const outcomes = ['alice', 'bob'].map((user) => ({
  status: 'allowed' as const,
  json: `{"allowed":true,"headers":{"x-user":"${user}"}}`,
  reasons: [],
  obligations: undefined,
}));

/** A decision that was found in the cache. */
function recordOf(input: InputView, turn: number): DecisionRecord {
  // As after a decision: the text is known to be JSON.
  if (!(input instanceof CheckView)) input.project(NOTHING_SEEN);
  const caller = { requestedBy: '127.0.0.1:1234', api: 'ext_authz' };
  const question: Question = { policySet: 'shop', entrypoint: '', input, noCache: false, caller };
  const record = new DecisionRecord(decisionId(), undefined, Date.now(), question);
  record.provenance = provenance;
  record.outcome = outcomes[turn % 2]!;
  record.cached = true;
  return record;
}

const options = { limits: LIMITS, parseBody: true, grpc: undefined };
const jsonRecord = (turn: number): DecisionRecord => recordOf(jsonBytesView(json, LIMITS), turn);
const checkRecord = (turn: number): DecisionRecord =>
  recordOf(new CheckView(checks[turn % EVENTS]!, options), turn);

const MASKED = ['/input/subject/token', '/input/action/secret', '/result/headers/x-token', '/input/context'];
const unmasked = parseMask([]);
const masked = parseMask([...EXT_AUTHZ_SECRETS, ...MASKED]);

const line = (mask: Mask, recordAt: (turn: number) => DecisionRecord) => {
  const writer = new LineWriter(mask, LABELS);
  const lines = new LineBuffer();
  return (turn: number) => {
    if (turn % EVENTS === 0) lines.clear();
    writer.write(recordAt(turn), lines);
  };
};

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = new DecisionLog(
  {
    mask: masked,
    labels: LABELS,
    maxBufferedEvents: 10_000,
    maxBufferedBytes: 64 << 20,
    destination: { type: 'file', path: join(folder, 'decisions.jsonl') },
  },
  (error) => console.error(error),
);
/** So many decisions, and the wait until they are in the file: their own cost is in it. */
const throughLog = async (recordAt: (turn: number) => DecisionRecord): Promise<void> => {
  for (let i = 0; i < EVENTS; i++) log.write(recordAt(i));
  while (log.figures().buffered > 0) await setTimeout(1);
};

const redact = masked.input.places.map(({ pointer }) => pointer.map((key) => `["${key}"]`).join(''));
const peer = pino({ redact: { paths: redact, remove: true }, base: null }, { write: () => {} });

await measure('log', {
  'record of a JSON input': jsonRecord,
  'line, JSON': line(unmasked, jsonRecord),
  'line, JSON, masked': line(masked, jsonRecord),
  'record of a check': checkRecord,
  'line, check': line(unmasked, checkRecord),
  'line, check, masked': line(masked, checkRecord),
  'entry as an object, JSON, masked': (turn) => logEntry(jsonRecord(turn), masked),
  'entry as an object, check, masked': (turn) => logEntry(checkRecord(turn), masked),
  'pino, JSON, masked': (turn) => peer.info(fieldsOf(jsonRecord(turn), unmasked)),
  'pino, check, masked': (turn) => peer.info(fieldsOf(checkRecord(turn), unmasked)),
});
await measure(
  'log file',
  {
    'to a file, JSON, masked': () => throughLog(jsonRecord),
    'to a file, check, masked': () => throughLog(checkRecord),
  },
  { operations: EVENTS, time: 'process' },
);
if (log.figures().dropped > 0) throw new Error('lines were lost');
await log.close();
