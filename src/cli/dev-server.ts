import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type RunningServer, startServer } from '../app.ts';
import type { BuiltBundle } from '../authoring/build.ts';
import { packBundle } from '../authoring/pack.ts';
import { sha256Hex } from '../bundle/hash.ts';
import { generateKeyPair, loadSigningKey, type SigningKey } from '../bundle/keys.ts';
import { loadConfig } from '../config/load.ts';
import { PortcullisError } from '../errors.ts';
import type { PrintSink } from '../observe/print-log.ts';
import { replaceFile } from './archive-file.ts';
import { type CliIo, paint } from './io.ts';

const KEY_ID = 'dev';
const BUNDLE = 'policy';

export interface DevServerOptions {
  readonly policySet: string;
  readonly set: readonly string[];
}

/** A server in this process, in a folder of its own, that trusts one key which nobody keeps. */
export class DevServer {
  readonly addresses: RunningServer['addresses'];
  readonly #io: CliIo;
  readonly #folder: string;
  readonly #key: SigningKey;
  readonly #running: RunningServer;

  private constructor(io: CliIo, folder: string, key: SigningKey, running: RunningServer) {
    this.#io = io;
    this.#folder = folder;
    this.#key = key;
    this.#running = running;
    this.addresses = running.addresses;
  }

  static async start(io: CliIo, options: DevServerOptions): Promise<DevServer> {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-dev-'));
    try {
      const pair = generateKeyPair('ES256');
      await writeFile(join(folder, 'dev.pub.pem'), pair.verificationKey);
      const file = join(folder, 'portcullis.yaml');
      await writeFile(file, stringify(configuration(options.policySet)));
      const { config } = await loadConfig({ file, environment: io.env, set: options.set, cwd: io.cwd });
      const onPrint: PrintSink = (_policySet, message) => io.stderr.write(`${paint(io, 'dim', message)}\n`);
      const key = loadSigningKey({ algorithm: 'ES256', text: pair.signingKey });
      return new DevServer(io, folder, key, await startServer(config, io.env, { onPrint }));
    } catch (thrown) {
      await rm(folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** Signs a bundle and makes it the active one. Rejects with the reason when the server refuses it; nothing has changed then. */
  async activate(bundle: BuiltBundle): Promise<void> {
    const archive = await packBundle(bundle, { key: this.#key, keyId: KEY_ID, nowMs: Date.now() });
    await replaceFile(this.#io, join(this.#folder, 'policy.tar.gz'), archive);
    await this.#running.reload();
    const [status] = this.#running.status().policySets.flatMap(({ bundles }) => bundles);
    if (status?.active?.archiveDigest === sha256Hex(archive)) return;
    const { code, message } = status?.lastError ?? {
      code: 'internal',
      message: 'the bundle did not become active',
    };
    throw new PortcullisError(code, message);
  }

  async stop(): Promise<void> {
    await this.#running.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Quiet by default: what matters is printed by the command. */
function configuration(policySet: string): object {
  return {
    stateDir: 'state',
    logging: { level: 'error' },
    decisionLog: { enabled: false },
    extAuthz: {},
    keys: { [KEY_ID]: { algorithm: 'ES256', file: 'dev.pub.pem' } },
    policySets: {
      [policySet]: {
        bundles: { [BUNDLE]: { source: 'file:policy.tar.gz', verification: { keys: [KEY_ID] } } },
      },
    },
  };
}
