import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startServer } from '../../src/app.ts';
import { formatAddress } from '../../src/config/address.ts';
import { loadConfig } from '../../src/config/load.ts';
import { GrpcClient } from './grpc-client.ts';
import { SERVER_SETTINGS } from './server-settings.ts';

export { until } from './until.ts';

/** A folder with a configuration, and with whatever else a server needs. Removed after the test, its servers stopped before. */
export class ServerSite {
  readonly folder: string;
  readonly configFile: string;
  readonly #cleanups: (() => unknown)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.configFile = join(folder, 'portcullis.yaml');
  }

  static async create(
    t: { after(cleanup: () => unknown): void },
    config: string,
    files: Readonly<Record<string, string | Uint8Array>> = {},
  ): Promise<ServerSite> {
    const site = new ServerSite(await mkdtemp(join(tmpdir(), 'portcullis-site-')));
    t.after(async () => {
      for (const cleanup of site.#cleanups.reverse()) await cleanup();
      await rm(site.folder, { recursive: true, force: true });
    });
    await mkdir(join(site.folder, 'bundles'));
    await writeFile(site.configFile, config);
    for (const [path, content] of Object.entries(files)) await writeFile(site.path(path), content);
    return site;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Replaces a file as one should: by renaming. */
  async publish(name: string, content: Uint8Array | string): Promise<void> {
    await writeFile(`${this.path(name)}.new`, content);
    await rename(`${this.path(name)}.new`, this.path(name));
  }

  /** Runs when the test ends, before the folder is removed; the last one first. */
  cleanup(act: () => unknown): void {
    this.#cleanups.push(act);
  }

  /** A server in this process. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
    const { config } = await loadConfig({
      file: this.configFile,
      environment,
      set: SERVER_SETTINGS,
      cwd: this.folder,
    });
    const server = await startServer(config, environment);
    this.cleanup(() => server.stop());
    return server;
  }

  /** A client of one of its listeners. */
  client(address: RunningServer['addresses']['admin'], ...rest: TlsOf): GrpcClient {
    const client = new GrpcClient(formatAddress(address!), ...rest);
    this.cleanup(() => client.close());
    return client;
  }
}

type TlsOf = ConstructorParameters<typeof GrpcClient> extends [string, ...infer Rest] ? Rest : never;

/** The YAML of listeners on free ports, a state folder and quiet logs; what a test needs more is appended. */
export const QUIET_CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
decisionLog: { enabled: false }
logging: { level: silent }
`;
