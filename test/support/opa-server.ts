/** The real OPA as a server, on a Unix socket of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { opaTool } from '../../src/authoring/opa-tool.ts';

export interface OpaServer {
  /** The value of `data.ask.answer` for an input, as JSON text in it came; undefined where OPA's is. */
  ask(inputJson: string): Promise<string | undefined>;
}

const MAX_WAIT_MS = 20_000;

/** Starts OPA with a policy of package `ask`; it ends with the test. Proxies in the environment are not used. */
export async function startOpa(t: TestContext, policy: string): Promise<OpaServer> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-opa-'));
  await writeFile(join(folder, 'ask.rego'), policy);
  const socket = join(folder, 'opa.sock');
  const args = ['run', '--server', '--addr', `unix://${socket}`, '--log-level', 'error', 'ask.rego'];
  const child = spawn(await opaTool(), args, {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin', HOME: folder },
  });
  t.after(async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  });
  const endMs = Date.now() + MAX_WAIT_MS;
  while ((await post(socket, '/v1/data/ask', '{}').catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || Date.now() > endMs) throw new Error('OPA did not start');
    await setTimeout(20);
  }
  return {
    ask: async (inputJson) => {
      const answer = await post(socket, '/v1/data/ask/answer', `{"input":${inputJson}}`);
      return /^\{"result":(.*)\}\s*$/s.exec(answer)?.[1];
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function post(socketPath: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: 'POST', agent: false }, (response) => {
      text(response).then(resolve, reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
