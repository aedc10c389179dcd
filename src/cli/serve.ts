import { flushCompileCache } from 'node:module';
import { Command } from 'commander';
import type { RunningServer } from '../app.ts';
import { type Address, formatAddress } from '../config/address.ts';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import { lowerPlatformPriority } from '../thread-priority.ts';
import { findCompiled, type NotKept } from './compiled-scripts.ts';
import { type ConfigOptions, loadFor, withConfigOptions } from './config-options.ts';
import { type CliIo, type Exit, paint } from './io.ts';
import { compiled, flagsForServing } from './start-flags.ts';

/** What `serve` needs of the composition root. */
export type StartServer = (
  config: Config,
  env: Environment,
) => Promise<Pick<RunningServer, 'addresses' | 'reload' | 'stop'>>;

/** The server's parts are loaded only when it starts, so that the other commands start fast. */
const startReal: StartServer = async (config, env) => {
  const notKept = findCompiled(config.stateDir);
  if (notKept !== undefined) await say(config, notKept);
  const running = await (await import('../app.ts')).startServer(config, env, { compiled });
  flagsForServing();
  lowerPlatformPriority();
  return running;
};

/**
 * Loads the log for it: a start without mistakes has not come to that yet. What is there and not believed somebody should look at. That
 * nothing is kept is no more than a slower start, and where the volume is made by others, as in Kubernetes, nobody can mend it.
 */
async function say({ logging }: Config, { reason, isThere }: NotKept): Promise<void> {
  const { createLogger } = await import('../observe/logger.ts');
  const logger = createLogger(logging.level);
  if (isThere)
    logger.warn(
      { reason },
      'compiled scripts are not believed, and this start takes longer: remove the folder "compiled" of the state directory, or let nobody else write there and in the folders above',
    );
  else logger.info({ reason }, 'compiled scripts are not kept, and each start takes longer');
}

/** `serve` */
export function serveCommand(io: CliIo, _exit: Exit, start: StartServer = startReal): Command {
  return withConfigOptions(new Command('serve'))
    .description('serve decisions until stopped')
    .addHelpText(
      'after',
      '\nSIGTERM and SIGINT finish the calls under way and stop; a second one stops at once. SIGHUP fetches all bundles now and opens the decision log anew, after a rotation.',
    )
    .action(async (options: ConfigOptions) => {
      const { config } = await loadFor(io, options);
      const { signal } = io;
      const running = await start(config, io.env);
      try {
        if (io.isTty) io.stderr.write(readyText(io, config, running));
        await untilStopped(io, signal, running);
      } finally {
        // What is waited for may hang on timers that keep no process alive: it would end with code 13, and what is not written yet be lost.
        const alive = setInterval(() => {}, ALIVE_MS);
        await running.stop().finally(() => clearInterval(alive));
        // While it serves, writing them would hold requests up. They are not written by themselves when a command ends.
        flushCompileCache();
      }
    });
}

/** Anything will do. */
const ALIVE_MS = 60_000;

/** A reload that fails says so itself, in log and status. */
async function untilStopped(
  io: CliIo,
  signal: AbortSignal,
  running: Pick<RunningServer, 'reload'>,
): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopListening = io.onReload(() => void running.reload().catch(() => {}));
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  stopListening();
}

/** Where the server listens, and a first question that can be copied. */
function readyText(io: CliIo, config: Config, { addresses }: Pick<RunningServer, 'addresses'>): string {
  const { grpc, http, admin } = addresses;
  const lines = [
    paint(io, 'bold', `Portcullis ${VERSION}`),
    `  gRPC   ${formatAddress(grpc)}`,
    ...(http === undefined ? [] : [`  HTTP   ${httpUrl(http, config)}`]),
    ...(admin === undefined ? [] : [`  admin  ${formatAddress(admin)}`]),
    'Ask it:',
    `  ${checkLine(io, config, grpc)}`,
    `  ${grpcurlLine(config, grpc)}`,
    ...(config.extAuthz === undefined
      ? []
      : ["Envoy's ext_authz filter asks the same gRPC address; see docs/envoy.md."]),
  ];
  return `${lines.join('\n')}\n`;
}

function httpUrl(address: Address, config: Config): string {
  if (address.kind === 'unix') return formatAddress(address);
  const scheme = config.http !== false && config.http.tls !== undefined ? 'https' : 'http';
  return `${scheme}://${formatAddress(address)}`;
}

/** Inside a clone the command is run through npm. */
function checkLine(io: CliIo, config: Config, address: Address): string {
  const command = (io.env['npm_lifecycle_event'] ?? '') === '' ? 'portcullis' : 'npm run -s portcullis --';
  const policySets = Object.keys(config.policySets);
  const policySet = policySets.length > 1 ? ` --policy-set ${policySets[0]}` : '';
  const tls = config.grpc.tls === undefined ? '' : ' --ca <file>';
  return `${command} check --address ${formatAddress(address)}${tls}${policySet} --input '{}'`;
}

function grpcurlLine(config: Config, address: Address): string {
  const policySets = Object.keys(config.policySets);
  const policySet = policySets.length > 1 ? `"policySet":"${policySets[0]}",` : '';
  const security = config.grpc.tls === undefined ? '-plaintext' : '-cacert <file>';
  const target = address.kind === 'unix' ? `-unix ${address.path}` : formatAddress(address);
  return `grpcurl ${security} -d '{"question":{${policySet}"struct":{}}}' ${target} portcullis.v1.DecisionService/Check`;
}
