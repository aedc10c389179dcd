/**
 * What runaway policies cost everyone else: latencies of ordinary questions over gRPC, asked at a fixed rate whatever the
 * answers take, while questions are asked that run away. A server in a process of its own for each way of bounding them.
 *
 * `npx node bench/stall.ts [seconds [rates]]` prints a table of milliseconds; `rates` are those of ordinary questions, by commas. It wants
 * two cores to itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startServer } from '../src/app.ts';
import { formatAddress } from '../src/config/address.ts';
import { loadConfig } from '../src/config/load.ts';
import { DecisionService, Status } from '../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from '../test/support/grpc-client.ts';
import { bundleOf, Signer } from '../test/support/signed-bundles.ts';

/** How evaluations are bounded: the slice in the serving thread, and the deadline, milliseconds. */
interface Mode {
  readonly name: string;
  readonly slice: number;
  readonly maxDeadline: number;
}

const NEVER_MS = 3_600_000;
const DEADLINE_MS = 250;
const MODES: readonly Mode[] = [
  { name: 'not interrupted', slice: NEVER_MS, maxDeadline: NEVER_MS },
  { name: 'deadline only', slice: NEVER_MS, maxDeadline: DEADLINE_MS },
  { name: 'slice and thread', slice: 5, maxDeadline: DEADLINE_MS },
  { name: 'all in a thread', slice: 0, maxDeadline: DEADLINE_MS },
];
const ORDINARY_PER_SECOND: readonly number[] = (process.argv[3] ?? '100,500').split(',').map(Number);
const RUNAWAYS_PER_SECOND = [0, 5, 50];
/** Some 0.4 s of work when nothing interrupts it. */
const RUNAWAY_SIZE = 7000;
const CALL_TIMEOUT_MS = 10_000;

const POLICY = `package work

# METADATA
# entrypoint: true
default decision := false

decision if data.roles[input.role][_] == input.action

decision if count([1 | some i in numbers.range(1, input.loop); some j in numbers.range(1, input.loop); i == j]) > 0
`;
const ROLES = Object.fromEntries(
  Array.from({ length: 20 }, (_, role) => [
    `role${role}`,
    Array.from({ length: 20 }, (_unused, a) => `action${a}`),
  ]),
);

if (process.send === undefined) await measure(Number(process.argv[2] ?? 5));
else await serve(process.argv[2]!, JSON.parse(process.argv[3]!) as Mode);

async function serve(file: string, mode: Mode): Promise<void> {
  const { config } = await loadConfig({ file, environment: {}, cwd: '/' });
  const server = await startServer({
    ...config,
    limits: { ...config.limits, maxDeadline: mode.maxDeadline },
    evaluation: { ...config.evaluation, slice: mode.slice },
  });
  process.send!(formatAddress(server.addresses.grpc));
}

async function measure(seconds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-stall-'));
  try {
    const signer = new Signer('bench');
    const files = await bundleOf({ 'work.rego': POLICY, 'data.json': JSON.stringify({ roles: ROLES }) });
    await writeFile(join(folder, 'work.tar.gz'), await signer.archive(files));
    await writeFile(join(folder, 'key.pem'), signer.publicKeyPem);
    const config = join(folder, 'portcullis.yaml');
    await writeFile(
      config,
      `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: false
admin: false
decisionLog: { enabled: false }
logging: { level: error }
keys: { bench: { file: key.pem } }
policySets:
  work: { bundles: { policy: { source: file:work.tar.gz, verification: { keys: [bench] } } } }
`,
    );
    console.log('| mode | ordinary/s | runaways/s | p50 ms | p99 ms | p99.9 ms | right | server CPU |');
    console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
    for (const mode of MODES) {
      for (const ordinary of ORDINARY_PER_SECOND) {
        for (const runaways of RUNAWAYS_PER_SECOND) {
          console.log(await row(config, mode, ordinary, runaways, seconds));
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function row(
  config: string,
  mode: Mode,
  ordinary: number,
  runaways: number,
  seconds: number,
): Promise<string> {
  const child = fork(new URL(import.meta.url), [config, JSON.stringify(mode)]);
  const [address] = (await once(child, 'message')) as [string];
  const client = new GrpcClient(address);
  try {
    // The code is warm, and the thread is there where one is needed.
    await ask(client, { role: 'role1', action: 'action1', n: -1 }, 200, 1);
    await ask(client, { loop: RUNAWAY_SIZE, n: -2 }, 1, 1);
    await setTimeout(1000);
    const cpuBefore = await processorSeconds(child);
    const startMs = performance.now();
    const [latencies] = await Promise.all([
      ask(client, { role: 'role19', action: 'action19' }, ordinary, seconds),
      runaways === 0 ? [] : ask(client, { loop: RUNAWAY_SIZE }, runaways, seconds),
    ]);
    const wallSeconds = (performance.now() - startMs) / 1000;
    const cpu = (await processorSeconds(child)) - cpuBefore;
    const right = latencies.filter(({ status }) => status === Status.ALLOWED).length / latencies.length;
    const sorted = latencies.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number): string => sorted[Math.ceil(sorted.length * share) - 1]!.toFixed(1);
    const rates = `${ordinary} | ${runaways}`;
    return `| ${mode.name} | ${rates} | ${at(0.5)} | ${at(0.99)} | ${at(0.999)} | ${(100 * right).toFixed(1)} % | ${((100 * cpu) / wallSeconds).toFixed(0)} % |`;
  } finally {
    client.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

interface Latency {
  readonly ms: number;
  readonly status: Status | undefined;
}

/** Asks at a fixed rate; each latency counts from when the question was due. Every question is another one. */
async function ask(
  client: GrpcClient,
  input: object,
  perSecond: number,
  seconds: number,
): Promise<Latency[]> {
  const startMs = performance.now();
  const total = perSecond * seconds;
  const pending: Promise<Latency>[] = [];
  while (pending.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - startMs) / 1000) * perSecond));
    while (pending.length < due) {
      pending.push(
        askOnce(client, { n: pending.length, ...input }, startMs + (pending.length / perSecond) * 1000),
      );
    }
    await setTimeout(1);
  }
  return Promise.all(pending);
}

async function askOnce(client: GrpcClient, input: object, dueMs: number): Promise<Latency> {
  const value = Buffer.from(JSON.stringify({ ...input, nonce: dueMs }));
  const question = { input: { case: 'json' as const, value }, noCache: true };
  const status = await client.call(DecisionService.method.check, { question }, CALL_TIMEOUT_MS).then(
    ({ decision }) => decision?.status,
    () => undefined,
  );
  return { ms: performance.now() - dueMs, status };
}

/** Of the child so far, as Linux counts it. */
async function processorSeconds({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
