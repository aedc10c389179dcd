/**
 * What the transport alone costs: a handler that answers a constant, behind frames of our own, grpc-js and node:http2's stream API,
 * interleaved, on one machine (`docs/adr/0020-wire-transport.md`). Needs `h2load` (Debian's nghttp2-client).
 *
 *     npx node bench/transport.ts [rounds] [--json]
 *
 * Prints, as medians of the rounds, requests a second, the server's processor time a request, and how often that of `wire`.
 */
import { execFile, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RpcMethod } from '../src/rpc.ts';
import { createGrpcTransport } from '../src/transport/grpc-js.ts';
import { createWireTransport } from '../src/transport/wire/transport.ts';
import type { StepLine } from './measure.ts';

const SUBJECTS = ['wire', 'grpc-js', 'node:http2'] as const;
type Subject = (typeof SUBJECTS)[number];

const PATH = '/bench.Transport/Answer';
const ANSWER = Buffer.from('0a00', 'hex');
const FRAMED_ANSWER = Buffer.concat([Buffer.from([0, 0, 0, 0, ANSWER.length]), ANSWER]);
const REQUEST_BYTES = [0, 600];
const SHAPES: readonly (readonly [connections: number, streams: number])[] = [
  [1, 1],
  [1, 32],
  [4, 32],
];
const DEFAULT_ROUNDS = 3;
/** Enough for the processor time that the kernel counts in steps; fewer where each waits for the one before. */
const CALLS = 40_000;
const CALLS_ONE_BY_ONE = 8000;

async function open(subject: Subject): Promise<number> {
  if (subject === 'node:http2') return openHttp2();
  const create = subject === 'wire' ? createWireTransport : createGrpcTransport;
  const method: RpcMethod = { path: PATH, kind: 'unary', handler: () => ANSWER };
  const address = await create({ address: { kind: 'tcp', host: '127.0.0.1', port: 0 } }, [method]).listen();
  return address.kind === 'tcp' ? address.port : 0;
}

/** As little as a gRPC answer takes of node:http2. */
function openHttp2(): Promise<number> {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('data', () => {});
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(FRAMED_ANSWER);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** A server in a process of its own; asked, it says how much processor time it has used. */
async function serveInChild(subject: Subject): Promise<void> {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(await open(subject));
}

class Server {
  readonly #child: ReturnType<typeof fork>;
  port = 0;

  constructor(subject: Subject) {
    this.#child = fork(fileURLToPath(import.meta.url), ['serve', subject]);
  }

  async start(): Promise<void> {
    this.port = await this.#next();
  }

  cpuUs(): Promise<number> {
    this.#child.send('cpu');
    return this.#next();
  }

  stop(): void {
    this.#child.kill();
  }

  #next(): Promise<number> {
    return new Promise((resolve) => {
      this.#child.once('message', (value: number) => resolve(value));
    });
  }
}

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function load(server: Server, connections: number, streams: number, file: string): Promise<Sample> {
  const calls = connections * streams === 1 ? CALLS_ONE_BY_ONE : CALLS;
  const before = await server.cpuUs();
  const shape = ['-n', `${calls}`, '-c', `${connections}`, '-m', `${streams}`];
  const request = ['-d', file, '-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const url = `http://127.0.0.1:${server.port}${PATH}`;
  const { stdout } = await promisify(execFile)('h2load', [...shape, ...request, url]);
  const after = await server.cpuUs();
  const [, rate = ''] = /finished in [^,]+, ([\d.]+) req\/s/.exec(stdout) ?? [];
  if (!stdout.includes(`${calls} succeeded`)) throw new Error(stdout);
  return { perSecond: Number(rate), cpuUs: (after - before) / calls };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function main(rounds: number): Promise<void> {
  const tell = process.argv.includes('--json') ? reportJson : report;
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-transport-'));
  const servers = SUBJECTS.map((subject) => ({ subject, server: new Server(subject) }));
  try {
    await Promise.all(servers.map(({ server }) => server.start()));
    for (const bytes of REQUEST_BYTES) {
      const file = join(folder, `${bytes}`);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(bytes, 1);
      await writeFile(file, Buffer.concat([prefix, Buffer.alloc(bytes)]));
      for (const [connections, streams] of SHAPES) {
        const samples = new Map<Subject, Sample[]>(SUBJECTS.map((subject) => [subject, []]));
        // The first round warms up.
        for (let round = 0; round <= rounds; round++) {
          for (const { subject, server } of servers) {
            const sample = await load(server, connections, streams, file);
            if (round > 0) samples.get(subject)?.push(sample);
          }
        }
        tell(`${bytes} bytes, ${connections} × ${streams}`, samples);
      }
    }
  } finally {
    for (const { server } of servers) server.stop();
    await rm(folder, { recursive: true });
  }
}

/** As a line of `measure.ts`, for `npm run bench:steps`. */
function reportJson(shape: string, samples: ReadonlyMap<Subject, readonly Sample[]>): void {
  const steps = [...samples].map(([subject, of]) => {
    const all = of.map(({ cpuUs }) => cpuUs);
    return [subject, { us: median(all), least: Math.min(...all), most: Math.max(...all) }];
  });
  const line: StepLine = { group: `transport, ${shape}`, steps: Object.fromEntries(steps) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function report(shape: string, samples: ReadonlyMap<Subject, readonly Sample[]>): void {
  const cpuOf = (subject: Subject): number => median(samples.get(subject)!.map(({ cpuUs }) => cpuUs));
  for (const [subject, of] of samples) {
    const perSecond = Math.round(median(of.map((sample) => sample.perSecond)));
    const times = (cpuOf(subject) / cpuOf('wire')).toFixed(1);
    const columns = [shape, subject, `${perSecond}/s`, `${cpuOf(subject).toFixed(1)} µs`, `${times} ×`];
    process.stdout.write(`| ${columns.join(' | ')} |\n`);
  }
}

const [, , first = '', second] = process.argv;
if (first === 'serve') await serveInChild(second as Subject);
else await main(Number(first) || DEFAULT_ROUNDS);
