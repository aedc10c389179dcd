import type { TestContext } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, type status as GrpcStatus } from '@grpc/grpc-js';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  type HealthCheckResponse_ServingStatus as Serving,
} from '../../src/gen/grpc/health/v1/health_pb.ts';
import {
  type QuestionSchema,
  WatchRevisionRequestSchema,
  WatchRevisionResponseSchema,
} from '../../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from './grpc-client.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { ServerSite } from './server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from './signed-bundles.ts';

/** A server in a process of its own, whose answers take some milliseconds each. */

/** Works for some milliseconds. */
const POLICY = `package work

# METADATA
# entrypoint: true
decision := {"allowed": sum([i | some i in numbers.range(1, 2000)]) == 2001000, "n": input.n, "version": data.version}
`;

export const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
shutdownGrace: 2m
keys: { test: { file: key.pem } }
policySets:
  work:
    bundles:
      policy: { source: file:bundles/work.tar.gz, verification: { keys: [test] } }
limits: { maxDeadline: 2m }
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }] }
`;

const signer = new Signer('test');
let files: Promise<readonly BundleFile[]> | undefined;

/** The archive of a version; its revision is `v<version>`. */
export async function archive(version: number): Promise<Uint8Array> {
  files ??= bundleOf({ 'work.rego': POLICY });
  const data = withFile(await files, 'data.json', `{"version":${version}}`);
  const stamped = withManifest(data, (manifest) => {
    manifest.revision = `v${version}`;
    manifest.roots = [''];
    manifest.metadata.portcullis!.sequence = version;
  });
  return signer.archive(stamped);
}

/** A folder with version 1 of the policy set `work`. */
export async function siteOf(t: TestContext, config: string = CONFIG): Promise<ServerSite> {
  const site = await ServerSite.create(t, config, { 'key.pem': signer.publicKeyPem });
  await site.publish('bundles/work.tar.gz', await archive(1));
  return site;
}

/** A `portcullis serve` of it. */
export async function serve(site: ServerSite): Promise<ServerProcess> {
  const server = await startServerProcess(site.configFile);
  site.cleanup(() => server.kill());
  return server;
}

export const clientOf = (site: ServerSite, server: ServerProcess): GrpcClient => {
  const client = new GrpcClient(server.addresses.grpc!);
  site.cleanup(() => client.close());
  return client;
};

/** Messages of a server stream as they come, and how it ended. */
interface Watched<T> {
  readonly messages: readonly T[];
  readonly ended: Promise<GrpcStatus>;
}

function watch<T>(
  site: ServerSite,
  server: ServerProcess,
  path: string,
  asked: Uint8Array,
  read: (bytes: Buffer) => T,
): Watched<T> {
  const client = new Client(server.addresses.grpc!, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  site.cleanup(() => client.close());
  const messages: T[] = [];
  const stream = client.makeServerStreamRequest(path, (bytes: Uint8Array) => Buffer.from(bytes), read, asked);
  stream.on('data', (message: T) => messages.push(message));
  stream.on('error', () => {});
  const ended = new Promise<GrpcStatus>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  return { messages, ended };
}

/** The revisions of the policy, as WatchRevision tells them. */
export const watchRevision = (site: ServerSite, server: ServerProcess): Watched<string | undefined> =>
  watch(
    site,
    server,
    '/portcullis.v1.DecisionService/WatchRevision',
    toBinary(WatchRevisionRequestSchema, create(WatchRevisionRequestSchema)),
    (bytes) => fromBinary(WatchRevisionResponseSchema, bytes).active[0]?.revisions['policy'],
  );

/** The whole server's health. */
export const watchHealth = (site: ServerSite, server: ServerProcess): Watched<Serving> =>
  watch(
    site,
    server,
    '/grpc.health.v1.Health/Watch',
    toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema)),
    (bytes) => fromBinary(HealthCheckResponseSchema, bytes).status,
  );

/** It is evaluated, cached or not. */
export const question = (n: number): MessageInitShape<typeof QuestionSchema> => ({
  input: { case: 'json', value: Buffer.from(`{"n":${n}}`) },
  noCache: true,
});
