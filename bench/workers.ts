/**
 * What workers bring where evaluations cost most: decisions a second of policies that no cache answers and that compute for a
 * millisecond, with one thread and with two. `npx node bench/workers.ts` prints them and their ratio. The clients need little beside.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecisionService } from '../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from '../test/support/grpc-client.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { question, siteOf } from '../test/support/working-server.ts';

const CLIENTS = 16;
const ROUND_MS = 3_000;
const ROUNDS = 3;

const cleanups: (() => unknown)[] = [];
const site = await siteOf({ after: (act: () => unknown) => cleanups.push(act) } as never);

async function decisionsPerSecond(workers: number): Promise<number> {
  const state = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
  const settings = [`workers=${workers}`, `stateDir=${state}`, 'grpc.transport=wire'];
  const server = await startServerProcess(
    site.configFile,
    settings.flatMap((setting) => ['--set', setting]),
  );
  const clients = Array.from({ length: CLIENTS }, () => new GrpcClient(server.addresses.grpc!));
  let answered = 0;
  const endMs = performance.now() + ROUND_MS;
  await Promise.all(
    clients.map(async (client) => {
      for (; performance.now() < endMs; answered++) {
        await client.call(DecisionService.method.check, { question: question(answered) });
      }
    }),
  );
  for (const client of clients) client.close();
  await server.stop();
  await rm(state, { recursive: true, force: true });
  return answered / (ROUND_MS / 1000);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

try {
  const one: number[] = [];
  const two: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await decisionsPerSecond(1));
    two.push(await decisionsPerSecond(2));
  }
  const ratio = median(two) / median(one);
  console.log(
    `1 thread ${median(one).toFixed(0)}/s, 2 workers ${median(two).toFixed(0)}/s: ${ratio.toFixed(2)} times`,
  );
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
