import { Command } from 'commander';
import type { BuiltBundle } from '../authoring/build.ts';
import { lintPolicies, testPolicies } from '../authoring/policy-test.ts';
import { SourceHistory } from '../authoring/rule-changes.ts';
import { readSources } from '../authoring/sources.ts';
import { watchSources } from '../authoring/watch-sources.ts';
import { formatAddress } from '../config/address.ts';
import { toPortcullisError } from '../errors.ts';
import { findOpa, type SourceOptions, sourcesOf, withSourceOptions } from './build.ts';
import { collect } from './config-options.ts';
import { describeChanges } from './dev-report.ts';
import { DevServer } from './dev-server.ts';
import { type CliIo, type Exit, paint, printLine } from './io.ts';
import { printSteps } from './test.ts';

interface DevOptions extends SourceOptions {
  readonly policySet: string;
  readonly set: readonly string[];
}

/** `dev` */
export function devCommand(io: CliIo, _exit: Exit): Command {
  return withSourceOptions(new Command('dev'))
    .description('serve policies while they are written: each change is tested, built, signed and made live')
    .option('-p, --policy-set <name>', 'what the policy set is called', 'dev')
    .option('--set <path=value>', 'set one value of the configuration; may be repeated', collect, [])
    .addHelpText(
      'after',
      '\nThe signing key is thrown away at the end. A change that fails its tests leaves the old policies live.',
    )
    .action(async (paths: readonly string[], options: DevOptions) => {
      const { signal } = io;
      const opaPath = await findOpa(io);
      const build = { ...sourcesOf(io, paths, options), opaPath };
      const server = await DevServer.start(io, options);
      try {
        for (const [name, address] of Object.entries(server.addresses)) {
          if (address !== undefined) printLine(io, `${name.padEnd(6)} ${formatAddress(address)}`);
        }
        const loop = new DevLoop(io, build, server);
        await watchSources(build.sources, () => loop.changed(), signal);
        printLine(io, paint(io, 'dim', `watching ${build.sources.join(', ')}`));
        loop.changed();
        await aborted(signal);
        await loop.idle();
      } finally {
        await server.stop();
      }
    });
}

/** Takes one change after the other; what changes meanwhile is taken together afterwards. */
class DevLoop {
  readonly #io: CliIo;
  readonly #build: Parameters<typeof testPolicies>[0];
  readonly #server: DevServer;
  readonly #history: SourceHistory;
  #live: BuiltBundle | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #changedMs = 0;

  constructor(io: CliIo, build: Parameters<typeof testPolicies>[0], server: DevServer) {
    this.#io = io;
    this.#build = build;
    this.#history = new SourceHistory(build.opaPath);
    this.#server = server;
  }

  changed(): void {
    if (!this.#again) this.#changedMs = performance.now();
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#io.signal.aborted) {
      this.#again = false;
      await this.#cycle().catch((thrown) => this.#refused(toPortcullisError(thrown).message));
    }
  }

  async #cycle(): Promise<void> {
    const startMs = this.#changedMs;
    const sources = await readSources(this.#build.sources, this.#build.base);
    const sequence = Math.floor(Date.now() / 1000);
    const report = await testPolicies({
      ...this.#build,
      sequence,
      lint: false,
      before: this.#live?.footprints,
    });
    const { bundle } = report;
    if (bundle === undefined || !report.passed) {
      // What does not compile fails every step with the same words.
      const told = bundle === undefined ? ['build'] : ['tests', 'vectors', 'cache'];
      printSteps(
        this.#io,
        report.steps.filter(({ name, passed }) => !passed && told.includes(name)),
      );
      this.#refused('the policies do not pass');
      return;
    }
    await this.#server.activate(bundle);
    const spentMs = Math.round(performance.now() - startMs);
    const changes = await this.#history.advance(sources);
    printLine(
      this.#io,
      `${paint(this.#io, 'green', 'live')} after ${spentMs} ms, revision ${bundle.revision}`,
    );
    for (const line of describeChanges(this.#live, bundle, changes, report)) printLine(this.#io, `  ${line}`);
    for (const warning of report.steps.flatMap(({ warnings = [] }) => warnings)) {
      printLine(this.#io, `  ${paint(this.#io, 'yellow', 'warning')}: ${warning}`);
    }
    this.#live = bundle;
    // Layout and strictness keep nothing from going live, so they can wait until it is.
    const hints = (await lintPolicies(this.#build)).filter(({ passed }) => !passed);
    for (const { summary, details } of hints) {
      printLine(
        this.#io,
        `  ${paint(this.#io, 'yellow', 'hint')}: ${summary}\n${details.replace(/^/gm, '    ')}`,
      );
    }
  }

  #refused(why: string): void {
    const kept =
      this.#live === undefined ? 'nothing is live yet' : `revision ${this.#live.revision} stays live`;
    printLine(this.#io, `${paint(this.#io, 'red', 'not live')}: ${why}; ${kept}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
