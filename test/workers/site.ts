// oxlint-disable unicorn/require-post-message-target-origin -- channels between threads, not windows
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { WorkerOptions } from '../../src/app/create-data-planes.ts';
import { type RunningServer, startServer } from '../../src/app.ts';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import type { Address } from '../../src/config/address.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ServerSite } from '../support/server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from '../support/signed-bundles.ts';
import { CHANNEL, type Connections, type Told } from './fragile-worker-protocol.ts';

/** Answers show which version of the data they come from. */
const POLICY = `package versions

# METADATA
# entrypoint: true
decision := {"allowed": input.n % 2 == 0, "n": input.n, "version": data.versions.current}
`;

export const CONFIG = `stateDir: state
workers: 2
grpc: { address: 127.0.0.1:0, transport: wire }
http: { address: 127.0.0.1:0 }
keys: { test: { file: key.pem } }
policySets:
  versions:
    bundles:
      policy: { source: file:bundles/versions.tar.gz, verification: { keys: [test] } }
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }] }
logging: { level: silent }
`;

const signer = new Signer('test');
let files: Promise<readonly BundleFile[]> | undefined;

/** The archive of a version; its revision is `v<version>`. */
async function archive(version: number): Promise<Uint8Array> {
  files ??= bundleOf({ 'versions.rego': POLICY });
  const data = withFile(await files, 'data.json', `{"versions":{"current":${version}}}`);
  return signer.archive(
    withManifest(data, (manifest) => {
      manifest.revision = `v${version}`;
      manifest.roots = [''];
      manifest.metadata.portcullis!.sequence = version;
    }),
  );
}

/** The file that workers start with. */
const FRAGILE = new URL('./fragile-worker.ts', import.meta.url);

/** A server of two workers that can be broken, in this process. */
export interface FragileServer {
  readonly site: ServerSite;
  readonly running: RunningServer;
  /** Where HTTP is answered. */
  readonly port: number;
  /** Breaks a worker. */
  tell(number: number, act: Exclude<Told['act'], 'connections'>): void;
  /** The ports of the clients that have come to a worker. */
  portsOf(number: number): Promise<readonly number[]>;
  /** Publishes a version and has it fetched. */
  publish(version: number): Promise<void>;
}

export async function fragileServer(
  t: TestContext,
  config: string = CONFIG,
  { file = FRAGILE, stalledAfterMs = 60_000 }: WorkerOptions = {},
): Promise<FragileServer> {
  const site = await ServerSite.create(t, config, {
    'key.pem': signer.publicKeyPem,
    'bundles/versions.tar.gz': await archive(1),
  });
  const loaded = await loadConfig({ file: site.configFile, environment: {}, cwd: site.folder });
  const running = await startServer(loaded.config, {}, { workers: { file, stalledAfterMs } });
  site.cleanup(() => running.stop());
  const channel = new BroadcastChannel(CHANNEL);
  site.cleanup(() => channel.close());
  const tell = (number: number, act: Told['act']): void =>
    channel.postMessage({ number, act } satisfies Told);
  return {
    site,
    running,
    port: portOf(running.addresses.http),
    tell,
    portsOf: (number) => {
      const { promise, resolve } = Promise.withResolvers<readonly number[]>();
      channel.onmessage = (event) => {
        const { data } = event as unknown as { data: Partial<Connections> };
        if (data.from === number && data.ports !== undefined) resolve(data.ports);
      };
      tell(number, 'connections');
      return promise;
    },
    publish: async (version) => {
      await site.publish('bundles/versions.tar.gz', await archive(version));
      await running.reload();
    },
  };
}

const portOf = (address: Address | undefined): number => (address?.kind === 'tcp' ? address.port : 0);

/** What the Data API gives. */
interface Answer {
  readonly result?: { readonly allowed: boolean; readonly n: number; readonly version: number };
}

/** A client with one connection that it keeps. */
export class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  /** Its own port, of the last question. */
  localPort = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Asks; rejects when the connection breaks. */
  async ask(n: number): Promise<NonNullable<Answer['result']>> {
    const path = '/v1/data/versions/decision';
    const sent = request({ host: '127.0.0.1', port: this.#port, path, method: 'POST', agent: this.#agent });
    sent.end(JSON.stringify({ input: { n } }));
    const [response] = await once(sent, 'response');
    this.localPort = sent.socket?.localPort ?? 0;
    const { result } = (await json(response)) as Answer;
    if (result === undefined) throw new Error(`status ${response.statusCode}`);
    return result;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** So many clients, each with a connection that is open. */
export async function connections(server: FragileServer, count: number): Promise<readonly Connection[]> {
  const made = Array.from({ length: count }, () => new Connection(server.port));
  server.site.cleanup(() => {
    for (const connection of made) connection.close();
  });
  await Promise.all(made.map((connection, n) => connection.ask(n)));
  return made;
}
