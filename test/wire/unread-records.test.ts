/** What the decision log says of checks that end while they wait for their turn: they were read, and are recorded as what they asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { extAuthzMethod } from '../../src/services/ext-authz/check.ts';
import { activate, descriptor, evaluation, setUp } from '../support/engine.ts';
import { askingParts } from '../support/services.ts';
import { type BareConnection, type BareServer, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { request } from './requests.ts';

/** An evaluation takes so long that the next call waits. */
const WORK_MS = 6;

const CHECK = toBinary(
  CheckRequestSchema,
  create(CheckRequestSchema, {
    attributes: {
      contextExtensions: { 'portcullis.policy_set': 'shop', 'portcullis.entrypoint': 'a/allow' },
      request: { http: { method: 'GET', path: '/orders', protocol: 'HTTP/1.1' } },
    },
  }),
);

/** The configuration names another policy set than the route does. */
async function checkServer(): Promise<{
  server: BareServer;
  events: () => readonly unknown[];
  path: string;
}> {
  const bench = await setUp(() => {
    server.nowMs += WORK_MS;
    return evaluation('true');
  });
  await activate(bench.plane, descriptor('shop'));
  const method = extAuthzMethod({
    ...askingParts({ decider: bench.engine, clock: bench.clock }),
    policySets: ['front', 'shop'],
    extAuthz: {
      policySet: 'front',
      entrypoint: 'a/allow',
      choices: { shop: ['a/allow'] },
      ambiguousPaths: 'deny',
      dryRun: false,
      onError: 'deny',
      errorStatus: 403,
      identityHeaders: [],
      parseBody: true,
      grpc: undefined,
    },
    onRefusal: ({ message }) => assert.fail(message),
  });
  const server = bareServer([method]);
  const events = (): readonly unknown[] =>
    bench.events.map((event) => [
      event.status,
      event.policySet,
      event.entrypoint,
      event.input.document() !== undefined,
    ]);
  return { server, events, path: method.path };
}

const WAYS: Readonly<Record<string, (client: BareConnection, server: BareServer) => void>> = {
  'is reset': (client) => client.send(h2.reset(3)),
  'breaks a rule': (client) => client.send(h2.windowUpdate(3, 0)),
  'loses its connection': ({ connection }) => connection.abandon(),
  'is found late by the timer': (_client, { scope }) => scope.deadlines.expire(),
  'is found late when its turn comes': () => {},
  'is refused for want of memory': ({ connection }) => connection.calls.get(3)!.refuse(),
};

for (const [way, end] of Object.entries(WAYS)) {
  test(`a check that ${way} while it waits for its turn is recorded with its policy set and its input`, async () => {
    const { server, events, path } = await checkServer();
    const client = server.connect();
    const late = way.includes('late') ? { 'grpc-timeout': '3m' } : {};
    client.send(request(1, path, h2.message(CHECK)), request(3, path, h2.message(CHECK), late));
    assert.equal(client.connection.calls.size, 1);
    end(client, server);
    await client.turn();
    assert.deepEqual(events(), [
      ['allowed', 'shop', 'a/allow', true],
      ['cancelled', 'shop', 'a/allow', true],
    ]);
    assert.equal(client.connection.calls.size, 0);
    assert.deepEqual(server.errors, []);
  });
}
