/** The demo's policies behind Envoy, for the tests of one file. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../../src/bundle/archive.ts';
import { systemClock } from '../../src/clock.ts';
import { createAuthority, type Issued } from '../contract/certificates.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import { ask, type Request, type Response, valuesOf } from './envoy-client.ts';
import {
  type Block,
  bootstrap,
  cluster,
  type ListenerOptions,
  listener,
  PDP,
  route,
  UPSTREAM,
} from './envoy-config.ts';
import { portOf } from './envoy-stage.ts';
import { type GrpcUpstream, startGrpcUpstream } from './grpc-upstream.ts';
import { ServerSite } from './server-site.ts';
import { startUpstream } from './upstream.ts';

const root = join(import.meta.dirname, '../..');
export const SHOP: string = 'spiffe://shop.example/ns/shop/sa';
/** A Wednesday, 10:00 in Berlin; a minute after dave has signed in with a second factor. */
export const WEDNESDAY: string = '2026-11-25T09:00:00Z';

const cleanups: (() => unknown)[] = [];
export const certificates: Record<string, Issued> = {};
export const tokens: Record<string, string> = {};
let now: string = WEDNESDAY;
/** Sets the wall clock of Portcullis. */
export function setNow(moment: string): void {
  now = moment;
}

export let ca: Buffer;
export let envoy: Envoy;
export let health: GrpcUpstream;

/** Starts upstreams, Portcullis with the demo's configuration, and Envoy. */
export async function startDemoPolicies(): Promise<void> {
  mock.method(systemClock, 'wallMs', () => Date.parse(now));
  const archive = await readFile(join(root, 'bundles/shop.tar.gz'));
  await readTokens(archive);
  const site = await ServerSite.create({ after: (act) => cleanups.push(act) }, await demoConfig(), {
    'shop.tar.gz': archive,
    'shop.pub.pem': await readFile(join(root, 'bundles/shop.pub.pem')),
  });
  const server = await site.start();
  assert.ok(server.status().ready);
  const upstream = await startUpstream();
  cleanups.push(() => upstream.stop());
  health = await startGrpcUpstream();
  cleanups.push(() => health.stop());
  const clusters = [
    cluster(PDP, portOf(server), { http2: true }),
    cluster(UPSTREAM, upstream.port),
    cluster('health', health.port, { http2: true }),
  ];
  envoy = await startEnvoy(bootstrap([...edge(), ...(await mesh())], clusters));
  cleanups.push(() => envoy.stop());
}

/** Stops whatever was started. */
export async function stopDemoPolicies(): Promise<void> {
  for (const cleanup of cleanups.reverse()) await cleanup();
  mock.restoreAll();
}

/** The demo's configuration on free ports, with its bundle beside it. */
async function demoConfig(): Promise<string> {
  const text = await readFile(join(root, 'examples/demo/portcullis.yaml'), 'utf8');
  const moved = text
    .replace(/^stateDir: .*/m, 'stateDir: state')
    .replaceAll('../../bundles/', '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:0')
    .replace(/^decisionLog:/m, 'decisionLog:\n  enabled: false');
  return `${moved}logging: { level: silent }\n`;
}

interface Example {
  readonly name: string;
  readonly input?: {
    readonly attributes?: {
      readonly request: { readonly http: { readonly headers: Record<string, string> } };
    };
  };
}

/** Those of the example requests, and those of the vectors that were built with the bundle. */
async function readTokens(archive: Uint8Array): Promise<void> {
  const files = await readArchive(archive, DEFAULT_ARCHIVE_LIMITS);
  const vectors = files.find(({ path }) => path === 'vectors.json')!;
  const examples = JSON.parse(Buffer.from(vectors.bytes).toString()) as Example[];
  const header = (name: string, key: string): string =>
    examples.find((each) => each.name === `gateway: ${name}`)!.input!.attributes!.request.http.headers[key]!;
  tokens['daveMfa'] = header(
    'a manager refunds a minute after signing in with a second factor',
    'authorization',
  );
  tokens['dave'] = header('without a second factor no refund', 'authorization');
  tokens['carol'] = header('support reads an order when the office opens', 'authorization');
  for (const [name, file, key] of [
    ['alice', 'gateway-allow', 'authorization'],
    ['acme', 'gateway-partner', 'x-api-key'],
  ] as const) {
    const { attributes } = JSON.parse(await readFile(join(root, `examples/demo/${file}.json`), 'utf8'));
    tokens[name] = attributes.request.http.headers[key];
  }
}

/** Listeners of the gateway: for everybody, the same without looking at bodies, and for partners. */
function edge(): Block[] {
  const routes = (zone: string): Block[] =>
    Object.entries({ '/orders': 'orders', '/products': 'catalogue' }).map(([prefix, service]) =>
      route({ prefix }, { extensions: { service, zone } }),
    );
  const withBody = { max_request_bytes: 1024, allow_partial_message: true, pack_as_bytes: true };
  return [
    listener('edge', { routes: routes('external'), authz: { with_request_body: withBody } }),
    listener('bodiless', { routes: routes('external') }),
    listener('partner', { routes: routes('partner') }),
  ];
}

/** A listener for each service of the mesh, with its certificate. */
async function mesh(): Promise<Block[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-mesh-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority(folder, 'authority');
  ca = authority.cert;
  const issue = async (name: string, id: string): Promise<Issued> =>
    (certificates[name] = await authority.issue(name, [`URI:${id}`, 'DNS:localhost']));
  for (const name of ['warehouse', 'storefront', 'billing']) await issue(name, `${SHOP}/${name}`);
  await issue('prometheus', 'spiffe://shop.example/ns/monitoring/sa/prometheus');
  await issue('stranger', 'spiffe://evil.example/ns/shop/sa/warehouse');
  const of = async (name: string): Promise<Block> => {
    const { certFile, keyFile } = await issue(name, `${SHOP}/${name}`);
    const extensions = { 'portcullis.entrypoint': 'mesh/authz/decision' };
    const options: ListenerOptions = {
      tls: { certFile, keyFile, caFile: authority.certFile },
      routes: [
        route({ prefix: '/grpc.health.v1.Health/' }, { cluster: 'health', extensions }),
        route({ prefix: '/' }, { extensions }),
      ],
    };
    return listener(name, options);
  };
  return [await of('inventory'), await of('orders')];
}

let asked = 0;

export interface Told {
  readonly response: Response;
  /** What the operator is told. */
  readonly reasons: readonly string[];
}

/** Asks, and reads the reasons in Envoy's access log. */
export async function at(name: string, request: Request, who?: string): Promise<Told> {
  const tag = `demo-${++asked}`;
  const issued = who === undefined ? undefined : certificates[who]!;
  const response = await ask(
    envoy.port(name),
    { ...request, tag },
    issued && { ca, cert: issued.cert, key: issued.key },
  );
  const { metadata } = await envoy.logged(tag);
  const { reasons = [] } = metadata!['portcullis'] as { readonly reasons?: readonly string[] };
  return { response, reasons };
}

export const arrived = ({ response: { seen } }: Told, name: string): string[] =>
  valuesOf(seen!.headers, name);

/** Nothing reached the service, for this reason. */
export function isDenied({ response, reasons }: Told, httpStatus: number, reason: RegExp): void {
  assert.deepEqual([response.status, response.seen, response.body], [httpStatus, undefined, '']);
  assert.match(reasons.join('; '), reason);
}
