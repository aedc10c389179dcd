import type { RunningServer } from '../../src/app.ts';
import { type Decision, DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import type { BundleStatus, PolicySetStatus } from '../../src/observe/status.ts';
import type { GrpcClient } from './grpc-client.ts';
import { until } from './server-site.ts';

/** Asks about an input, over gRPC. */
export async function check(
  client: GrpcClient,
  policySet: string,
  input: object,
  entrypoint = 'gate/decision',
): Promise<Decision> {
  const question = {
    policySet,
    entrypoint,
    input: { case: 'json' as const, value: Buffer.from(JSON.stringify(input)) },
  };
  return (await client.call(DecisionService.method.check, { question })).decision!;
}

/** What is known of a policy set. */
export const statusOf = (server: RunningServer, policySet: string): PolicySetStatus =>
  server.status().policySets.find(({ name }) => name === policySet)!;
/** What is known of one of its bundles. */
export const bundleStatus = (server: RunningServer, policySet: string, bundle: string): BundleStatus =>
  statusOf(server, policySet).bundles.find(({ name }) => name === bundle)!;
/** Waits until an offered bundle has been refused with that code. */
export const refusal = (
  server: RunningServer,
  policySet: string,
  bundle: string,
  code: string,
): Promise<unknown> =>
  until(
    () => bundleStatus(server, policySet, bundle).lastError?.code,
    (seen) => seen === code,
  );
