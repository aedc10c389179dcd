/** The real OPA with policies and data of its own, asked one question at a time, so that one that fails or never ends takes no other with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { opaTool } from '../../src/authoring/opa-tool.ts';

/** The value as JSON text, `undefined`, an error's message, or that the time was over. */
export type OpaAnswer =
  | { readonly json: string | undefined }
  | { readonly error: string }
  | { readonly tooLong: true };

export interface OpaProcess {
  /** @param path of a rule: `shop/authz/allow` */
  ask(path: string, inputJson: string | undefined, timeoutMs: number): Promise<OpaAnswer>;
  close(): Promise<void>;
}

const MAX_START_MS = 60_000;

/** @param files by name: policies and `data.json` */
export async function startOpaProcess(files: Readonly<Record<string, string>>): Promise<OpaProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-opa-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const socketPath = join(folder, 'opa.sock');
  const args = ['run', '--server', '--addr', `unix://${socketPath}`, '--log-level', 'error'];
  const child = spawn(await opaTool(), [...args, ...Object.keys(files)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', HOME: folder },
  });
  const complaints = text(child.stderr);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const close = async (): Promise<void> => {
    agent.destroy();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const ask = async (path: string, inputJson: string | undefined, timeoutMs: number): Promise<OpaAnswer> => {
    const body = inputJson === undefined ? '{}' : `{"input":${inputJson}}`;
    try {
      return read(await post({ socketPath, agent, path: `/v1/data/${path}` }, body, timeoutMs));
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return { tooLong: true };
      throw error;
    }
  };
  const endMs = Date.now() + MAX_START_MS;
  while ((await ask('none', undefined, MAX_START_MS).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || Date.now() > endMs) {
      await close();
      throw new Error(`OPA did not start: ${await complaints}`);
    }
    await setTimeout(20);
  }
  return { ask, close };
}

/** The digits of numbers stay as OPA wrote them. */
function read(answer: string): OpaAnswer {
  // A question without input is answered with a warning behind the result.
  const value = /^\{"result":(.*?)(,"warning":\{"code":"api_usage_warning"[^{}]*\})?\}\s*$/s.exec(
    answer,
  )?.[1];
  if (value !== undefined) return { json: value };
  const { code, message, errors } = JSON.parse(answer) as {
    readonly code?: string;
    readonly message?: string;
    readonly errors?: readonly { readonly code: string; readonly message: string }[];
  };
  if (code === undefined) return { json: undefined };
  return {
    error: errors?.map((each) => `${each.code}: ${each.message}`).join('; ') ?? `${code}: ${message}`,
  };
}

function post(
  to: { readonly socketPath: string; readonly agent: Agent; readonly path: string },
  body: string,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request({ ...to, method: 'POST', signal }, (response) => {
      text(response).then(resolve, reject);
    });
    call.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    call.end(body);
  });
}
