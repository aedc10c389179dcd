import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { opaEnvoyPlugin } from './tools.ts';

/** A running OPA with its plugin for Envoy. */
export interface RunningPlugin {
  /** What a gRPC client dials. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface PluginOptions {
  /** Where it finds its files and puts its sockets; removed by the caller. */
  readonly folder: string;
  /** Unique among the plugins of the folder. */
  readonly name: string;
  /** The policy's text. */
  readonly policy: string;
  /** The rule that is asked, such as `envoy/authz/allow`. */
  readonly path: string;
  /** A file of the folder. */
  readonly descriptorSet?: string;
}

/** Starts opa-envoy-plugin in a process of its own and waits until it listens. It logs errors only; they are in the failure. */
export async function startOpaEnvoyPlugin(options: PluginOptions): Promise<RunningPlugin> {
  const { folder, name } = options;
  const socket = join(folder, `${name}.sock`);
  await writeFile(join(folder, `${name}.rego`), options.policy);
  const plugin: Record<string, string> = { addr: `unix://${socket}`, path: options.path };
  if (options.descriptorSet !== undefined) plugin['proto-descriptor'] = join(folder, options.descriptorSet);
  await writeFile(
    join(folder, `${name}.json`),
    JSON.stringify({ plugins: { envoy_ext_authz_grpc: plugin } }),
  );
  const args = [
    'run',
    '--server',
    '--skip-version-check',
    '--log-level=error',
    `--addr=unix://${socket}.http`,
  ];
  const child = spawn(
    await opaEnvoyPlugin(),
    [...args, `--config-file=${join(folder, `${name}.json`)}`, join(folder, `${name}.rego`)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const printed = text(child.stderr);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    if (await exists(socket)) return { address: `unix:${socket}`, stop };
    await setTimeout(25);
  }
  await stop();
  throw new Error(`opa-envoy-plugin did not start: ${await printed}`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
