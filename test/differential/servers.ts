import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOpaEnvoyPlugin } from '../support/opa-envoy-plugin.ts';
import { QUIET_CONFIG, ServerSite } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';
import { CheckClient } from './answer.ts';
import { type DifferentialPolicy, entrypointOf, POLICIES } from './policies.ts';
import type { Started, Wanted } from './portcullis-process.ts';

/** Starts opa-envoy-plugin and Portcullis with one policy each time; the test's end stops them. */
export class Servers {
  readonly descriptorSet: Uint8Array;
  readonly #site: ServerSite;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #process: ChildProcess;

  private constructor(site: ServerSite, texts: Readonly<Record<string, string>>, descriptorSet: Uint8Array) {
    this.#site = site;
    const file = fileURLToPath(new URL('portcullis-process.ts', import.meta.url));
    this.#process = fork(file, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    // Each server that is waited for listens.
    this.#process.setMaxListeners(2 * POLICIES.length);
    site.cleanup(async () => {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    });
    this.#texts = texts;
    this.descriptorSet = descriptorSet;
  }

  /** Takes the policies' texts by name. For Portcullis they are all in one bundle. */
  static async create(t: TestContext, texts: Readonly<Record<string, string>>): Promise<Servers> {
    const signer = new Signer('test');
    const sources = Object.entries(texts).map(([name, text]) => [`${name}.rego`, text]);
    const files = await bundleOf(Object.fromEntries(sources), { entrypoints: POLICIES.map(entrypointOf) });
    const site = await ServerSite.create(t, '', {
      'key.pem': signer.publicKeyPem,
      'policies.tar.gz': await signer.archive(files),
    });
    return new Servers(site, texts, await buildDescriptorSet(site.path('descriptors.binpb')));
  }

  /** `name` tells several of one policy apart. */
  async plugin(policy: DifferentialPolicy, name: string = policy.name): Promise<CheckClient> {
    const running = await startOpaEnvoyPlugin({
      folder: this.#site.folder,
      name,
      policy: this.#texts[policy.name]!,
      path: entrypointOf(policy),
      descriptorSet: 'descriptors.binpb',
    });
    this.#site.cleanup(() => running.stop());
    return this.#client(running.address);
  }

  async portcullis(policy: DifferentialPolicy, ambiguousPaths: 'deny' | 'pass'): Promise<CheckClient> {
    const source = { source: 'file:policies.tar.gz', verification: { keys: ['test'] } };
    const config = {
      keys: { test: { file: 'key.pem' } },
      policySets: { all: { bundles: { policy: source } } },
      extAuthz: { entrypoint: entrypointOf(policy), ambiguousPaths, descriptorSet: 'descriptors.binpb' },
    };
    // JSON is YAML too.
    const members = Object.entries(config).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
    const quiet = QUIET_CONFIG.replace('stateDir: state', `stateDir: state-${policy.name}-${ambiguousPaths}`);
    const file = `${policy.name}-${ambiguousPaths}.yaml`;
    await this.#site.publish(file, quiet + members.join(''));
    return this.#client(await this.#start({ file: this.#site.path(file), cwd: this.#site.folder }));
  }

  #start(wanted: Wanted): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const ended = (): void => reject(new Error('the process of the servers ended'));
    const read = ({ file, address, problem }: Started): void => {
      if (file !== wanted.file) return;
      this.#process.off('message', read).off('exit', ended);
      if (address === undefined) reject(new Error(problem));
      else resolve(address);
    };
    this.#process.on('message', read).once('exit', ended).send(wanted);
    return promise;
  }

  #client(address: string): CheckClient {
    const client = new CheckClient(address);
    this.#site.cleanup(() => client.close());
    return client;
  }
}

/** The descriptors of this folder's protos. */
async function buildDescriptorSet(file: string): Promise<Uint8Array> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const buf = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));
  const flags = ['--as-file-descriptor-set', '--exclude-source-info'];
  await promisify(execFile)(process.execPath, [buf, 'build', folder, ...flags, '-o', file]);
  return readFile(file);
}
