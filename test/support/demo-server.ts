import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startServerProcess } from './server-process.ts';

/** The demo as `npm start` serves it, on free ports; ends with the test. Gives the address of its gRPC listener. */
export async function startDemo(t: TestContext): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-demo-'));
  const set = ['grpc.address=127.0.0.1:0', 'http.address=127.0.0.1:0', `stateDir=${stateDir}`];
  const server = await startServerProcess(
    join(import.meta.dirname, '../../examples/demo/portcullis.yaml'),
    set.flatMap((each) => ['--set', each]),
  );
  t.after(async () => {
    await server.kill();
    await rm(stateDir, { recursive: true, force: true });
  });
  return server.addresses.grpc!;
}
