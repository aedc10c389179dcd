/** Upstream, Portcullis and Envoy for the tests of one file. */
import { readFile } from 'node:fs/promises';
import type { RunningServer } from '../../src/app.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import { type Block, bootstrap, cluster, PDP, UPSTREAM } from './envoy-config.ts';
import { ServerSite } from './server-site.ts';
import { bundleOf, Signer } from './signed-bundles.ts';
import { until } from './until.ts';
import { startUpstream, type Upstream } from './upstream.ts';

export interface StageOptions {
  /** Policies of the policy set `shop`, by file name. */
  readonly rego: Readonly<Record<string, string>>;
  /** YAML of `extAuthz`, in braces. */
  readonly extAuthz?: string;
  /** More lines of YAML in `keys` and in `policySets`. */
  readonly keys?: string;
  readonly policySets?: string;
  /** More YAML of the configuration. */
  readonly config?: string;
  /** More files beside the configuration. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Starts before the bundle is there. */
  readonly withoutBundle?: boolean;
  readonly listeners: readonly Block[];
  /** Beside those of the upstream and of Portcullis; told the port of the latter. */
  readonly clusters?: readonly Block[] | ((pdpPort: number) => readonly Block[]);
  /** More YAML of the gRPC listener, beginning with a comma. */
  readonly grpc?: string;
}

/** One line of the decision log, as far as tests read it. */
export interface DecisionLine {
  readonly decision_id: string;
  readonly result?: unknown;
  readonly path: string;
  readonly input?: {
    readonly attributes: {
      readonly request: { readonly http: { readonly headers: Record<string, string> } };
    };
  };
  readonly portcullis?: Readonly<Record<string, unknown>>;
  readonly custom: { readonly cached: boolean };
}

export interface Stage {
  readonly upstream: Upstream;
  readonly server: RunningServer;
  readonly site: ServerSite;
  readonly envoy: Envoy;
  /** The decision log's line of an id; waits until it is written. */
  decision(id: unknown): Promise<DecisionLine>;
  /** Puts the bundle where the server looks for it. */
  publish(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all three; Portcullis in this process, over plain loopback. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const cleanups: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const upstream = await startUpstream();
    cleanups.push(() => upstream.stop());
    const signer = new Signer('test');
    const site = await ServerSite.create({ after: (act) => cleanups.push(act) }, configOf(options), {
      ...options.files,
      'key.pem': signer.publicKeyPem,
    });
    const archive = await signer.archive(await bundleOf(options.rego));
    const publish = (): Promise<void> => site.publish('bundles/shop.tar.gz', archive);
    if (!options.withoutBundle) await publish();
    const server = await site.start();
    await until(
      () => server.status(),
      ({ ready }) => ready || options.withoutBundle === true,
    );
    const clusters = [cluster(PDP, portOf(server), { http2: true }), cluster(UPSTREAM, upstream.port)];
    const { clusters: more = [] } = options;
    const given = typeof more === 'function' ? more(portOf(server)) : more;
    const envoy = await startEnvoy(bootstrap(options.listeners, [...clusters, ...given]));
    cleanups.push(() => envoy.stop());
    const decision = (id: unknown): Promise<DecisionLine> => decisionLine(site, id);
    return { upstream, server, site, envoy, decision, publish, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port of the gRPC listener. */
export function portOf({ addresses }: RunningServer): number {
  if (addresses.grpc.kind !== 'tcp') throw new Error('the gRPC listener is a Unix socket');
  return addresses.grpc.port;
}

const configOf = ({
  extAuthz = '{}',
  grpc = '',
  keys = '',
  policySets = '',
  config = '',
}: StageOptions): string => `stateDir: state
grpc: { address: 127.0.0.1:0${grpc} }
http: false
keys:
  test: { file: key.pem }
  ${keys}
policySets:
  shop: { bundles: { policy: { source: file:bundles/shop.tar.gz, verification: { keys: [test] } } } }
  ${policySets}
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }] }
logging: { level: silent }
extAuthz: ${extAuthz}
${config}`;

async function decisionLine(site: ServerSite, id: unknown): Promise<DecisionLine> {
  const line = await until(
    async () => {
      const lines = (await readFile(site.path('decisions.jsonl'), 'utf8')).split('\n');
      return lines.slice(0, -1).find((each) => each.includes(`"decision_id":"${String(id)}"`));
    },
    (found) => found !== undefined,
    10_000,
  );
  return JSON.parse(line!) as DecisionLine;
}
