// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, status as GrpcStatus, Metadata, type ServiceError } from '@grpc/grpc-js';
import { formatAddress } from '../../src/config/address.ts';
import { BatchCheckRequestSchema } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

/** A millisecond of work or more. */
const SLOW = `package slow

# METADATA
# entrypoint: true
allow if count([x | some x in numbers.range(1, 5000); x % 7 == 0]) > 0
`;
const QUESTIONS = 1_000;

test('a batch of a caller that has left takes no more of the server', async (t) => {
  const signer = new Signer('slow');
  const config = `${QUIET_CONFIG}keys: { slow: { file: key.pem } }
policySets: { slow: { bundles: { policy: { source: file:slow.tar.gz, verification: { keys: [slow] } } } } }
`;
  const site = await ServerSite.create(t, config, {
    'key.pem': signer.publicKeyPem,
    'slow.tar.gz': await signer.archive(await bundleOf({ 'slow.rego': SLOW })),
  });
  const { grpc, http } = (await site.start()).addresses;
  assert.ok(http?.kind === 'tcp');
  /** How many questions the server has answered. */
  const answered = async (): Promise<number> => {
    const page = await (await fetch(`http://127.0.0.1:${http.port}/metrics`)).text();
    const counts = [...page.matchAll(/^portcullis_decisions_total\{.*\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  const client = new Client(formatAddress(grpc), credentials.createInsecure());
  site.cleanup(() => client.close());
  const questions = Array.from({ length: QUESTIONS }, () => ({ noCache: true }));
  const request = Buffer.from(
    toBinary(BatchCheckRequestSchema, create(BatchCheckRequestSchema, { questions })),
  );
  const { promise: ended, resolve } = Promise.withResolvers<ServiceError | null>();
  const bytes = (message: Buffer): Buffer => message;
  const method = '/portcullis.v1.DecisionService/BatchCheck';
  const call = client.makeUnaryRequest(method, bytes, bytes, request, new Metadata(), {}, resolve);
  await until(answered, (count) => count > 0);
  call.cancel();
  assert.equal((await ended)?.code, GrpcStatus.CANCELLED);

  let before = -1;
  const [last] = await until(
    async () => {
      const seen = [await answered(), before] as const;
      before = seen[0];
      await setTimeout(100);
      return seen;
    },
    ([now, then]) => now === then,
  );
  assert.ok(last < QUESTIONS, `${last} of ${QUESTIONS} were answered`);
  t.diagnostic(`${last} of ${QUESTIONS} were answered`);
});
