// needs: opa, envoy
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { after, before, test } from 'node:test';
import { ask, type Request } from '../../support/envoy-client.ts';
import { listener, route } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

const MAX_BYTES = 1000;

/** `/tell` says what the policy knows of the body; `/pay` lets small payments through; `/blind` does not look. */
const POLICY = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-told": json.marshal(told)}} if {
	input.parsed_path[0] == "tell"
} else := {"allowed": true} if {
	input.parsed_path[0] == "pay"
	input.body.state == "complete"
	input.parsed_body.amount <= 100
} else := false

told := [input.body.state, input.body.received_bytes, object.get(input.body, "declared_bytes", null), input.truncated_body, input.parsed_body]

# METADATA
# entrypoint: true
blind := input.parsed_path[0] == "blind"
`;

let stage: Stage;
before(async () => {
  const body = (more: object) => ({ with_request_body: { max_request_bytes: MAX_BYTES, ...more } });
  const blind = route({ prefix: '/blind' }, { extensions: { 'portcullis.entrypoint': 'gate/blind' } });
  const routes = [blind, route({ prefix: '/' })];
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    extAuthz: '{ policySet: shop, entrypoint: gate/decision, choices: { shop: [gate/blind] } }',
    listeners: [
      listener('partial', { routes, authz: body({ allow_partial_message: true }) }),
      listener('whole', { routes, authz: body({}) }),
      listener('bytes', { routes, authz: body({ allow_partial_message: true, pack_as_bytes: true }) }),
      listener('raw', {
        routes,
        authz: { ...body({ allow_partial_message: true, pack_as_bytes: true }), encode_raw_headers: true },
      }),
      listener('none', { routes }),
      listener('upgrading', {
        routes,
        authz: body({ allow_partial_message: true }),
        manager: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
      }),
      listener('huge', {
        routes,
        authz: { with_request_body: { max_request_bytes: 8_000_000 }, failure_mode_allow: true },
      }),
    ],
  });
});
after(() => stage?.stop());

const INSPECTING = ['partial', 'bytes', 'raw'];
const JSON_TYPE = 'content-type: application/json';

const post = (where: string, path: string, request: Request) =>
  ask(stage.envoy.port(where), { method: 'POST', path, ...request });

/** What the policy knows: state, received, declared, truncated, parsed. */
async function told(where: string, request: Request): Promise<unknown> {
  const { status, seen } = await post(where, '/tell', request);
  assert.equal(status, 200, where);
  assert.equal(seen!.body.length, Buffer.byteLength(request.body ?? ''), 'the upstream gets all of it');
  return JSON.parse(seen!.headers.find(([name]) => name === 'x-told')![1]);
}

test('what a policy knows of a body, by how it came and what Envoy was told to send', async () => {
  const json = '{"amount":7}';
  const long = JSON.stringify({ amount: 7, note: 'x'.repeat(2 * MAX_BYTES) });
  const fits = JSON.stringify({ note: 'x'.repeat(MAX_BYTES - '{"note":""}'.length) });
  const typed = [JSON_TYPE];
  for (const where of INSPECTING) {
    const rows: readonly (readonly [what: string, request: Request, known: unknown[]])[] = [
      ['whole', { headers: typed, body: json }, ['complete', 12, 12, false, { amount: 7 }]],
      [
        'chunked',
        { headers: typed, body: json, chunkBytes: 5 },
        ['complete', 12, null, false, { amount: 7 }],
      ],
      [
        'exactly the limit',
        { headers: typed, body: fits },
        ['complete', MAX_BYTES, MAX_BYTES, false, JSON.parse(fits)],
      ],
      ['too long', { headers: typed, body: long }, ['truncated', MAX_BYTES, long.length, true, null]],
      [
        'one byte too long',
        { headers: typed, body: `${fits} ` },
        ['truncated', MAX_BYTES, MAX_BYTES + 1, true, null],
      ],
      [
        'chunked, too long',
        { headers: typed, body: long, chunkBytes: 300 },
        ['truncated', MAX_BYTES, null, true, null],
      ],
      ['none', { headers: ['content-length: 0'] }, ['empty', 0, 0, false, null]],
      ['chunked, none', { body: '', chunkBytes: 5 }, ['empty', 0, null, false, null]],
      [
        'a lie: complete',
        { headers: [...typed, 'x-envoy-auth-partial-body: false'], body: long },
        ['truncated', MAX_BYTES, long.length, true, null],
      ],
      [
        'a lie: partial',
        { headers: [...typed, 'x-envoy-auth-partial-body: true'], body: json },
        ['complete', 12, 12, false, { amount: 7 }],
      ],
      [
        'a form',
        { headers: ['content-type: application/x-www-form-urlencoded'], body: 'a=1&a=2&b=%20' },
        ['complete', 13, 13, false, { a: ['1', '2'], b: [' '] }],
      ],
    ];
    for (const [what, request, known] of rows)
      assert.deepEqual(await told(where, request), known, `${where}: ${what}`);
  }
});

test('a body that Envoy does not send is never an empty one', async () => {
  const rows: readonly (readonly [what: string, request: Request, state: string])[] = [
    ['with a length', { headers: [JSON_TYPE], body: '{"amount":7}' }, 'not_inspected'],
    ['chunked', { headers: [JSON_TYPE], body: '{"amount":7}', chunkBytes: 5 }, 'not_inspected'],
    [
      'a lie: complete',
      { headers: ['x-envoy-auth-partial-body: false'], body: '{"amount":7}', chunkBytes: 5 },
      'not_inspected',
    ],
    ['proved to be none', { headers: ['content-length: 0'] }, 'empty'],
  ];
  for (const [what, request, state] of rows) {
    const [known, received, , , parsed] = (await told('none', request)) as unknown[];
    assert.deepEqual([known, received, parsed], [state, 0, null], what);
    assert.equal((await post('none', '/pay', request)).status, 403, what);
  }
});

test('a policy that reads the body denies what it cannot judge', async () => {
  const pay = (where: string, body: string | Buffer, more: Request = {}) =>
    post(where, '/pay', { headers: [JSON_TYPE], body, ...more });
  const padded = JSON.stringify({ amount: 7, note: 'x'.repeat(2 * MAX_BYTES) });
  for (const where of INSPECTING) {
    assert.equal((await pay(where, '{"amount":7}')).status, 200, where);
    assert.equal((await pay(where, '{"amount":7}', { chunkBytes: 3 })).status, 200, where);
    assert.equal((await pay(where, '{"amount":700}')).status, 403, where);
    assert.equal((await pay(where, padded)).status, 403, where);
    assert.equal((await pay(where, '{"amount":7')).status, 400, where);
    assert.equal(
      (await pay(where, '{"amount":7}', { headers: ['content-type: text/plain'] })).status,
      403,
      where,
    );
    // What the policy does not read does not matter.
    assert.equal(
      (await post(where, '/blind', { headers: [JSON_TYPE], body: '{"amount":7' })).status,
      200,
      where,
    );
  }
});

test('over the limit without partial messages, Envoy refuses by itself and nobody is asked', async () => {
  const asked = async (): Promise<number> =>
    (await stage.envoy.counter('ext_authz.ok')) + (await stage.envoy.counter('ext_authz.denied'));
  const body = 'x'.repeat(200 * MAX_BYTES);
  assert.equal((await post('whole', '/blind', { body: 'x'.repeat(MAX_BYTES) })).status, 200);
  const before = await asked();
  const count = stage.upstream.count();
  for (const path of ['/blind', '/shut']) {
    assert.equal((await post('whole', path, { body })).status, 413, path);
    assert.equal((await post('whole', path, { body, chunkBytes: 9999 })).status, 413, path);
  }
  assert.equal(await asked(), before);
  assert.equal(stage.upstream.count(), count);
});

test('a body within the limit of Envoy and over one of Portcullis is refused', async () => {
  const count = stage.upstream.count();
  // The second is over grpc.limits.maxMessageBytes too: nobody reads it, and still it is a denial, not an outage.
  for (const bytes of [2_000_000, 5_000_000]) {
    const tag = `${bytes} bytes`;
    assert.equal((await post('huge', '/blind', { body: 'x'.repeat(bytes), tag })).status, 413, tag);
    const { details, metadata } = await stage.envoy.logged(tag);
    assert.equal(details, 'ext_authz_denied', tag);
    assert.equal((metadata!['portcullis'] as { status: string }).status, 'input_too_large', tag);
    await stage.decision(metadata!['decision_id']);
  }
  assert.equal(stage.upstream.count(), count);
});

test('a body behind a request to upgrade is not inspected, and so not believed', async () => {
  const headers = [JSON_TYPE, 'upgrade: websocket'];
  const body = '{"amount":7}';
  for (const chunkBytes of [undefined, 5]) {
    const sent = { headers, body, upgrade: true, ...(chunkBytes !== undefined && { chunkBytes }) };
    const { status } = await post('upgrading', '/pay', { ...sent, tag: `upgrade ${chunkBytes}` });
    assert.equal(status, 403);
    assert.equal((await stage.envoy.logged(`upgrade ${chunkBytes}`)).details, 'ext_authz_denied');
  }
  // Where upgrades are not allowed Envoy refuses by itself.
  assert.equal(
    (await post('partial', '/pay', { headers, body, upgrade: true, tag: 'no upgrade' })).status,
    403,
  );
  assert.notEqual((await stage.envoy.logged('no upgrade')).details, 'ext_authz_denied');
});

test('HTTP/2 bodies without a content-length', async (t) => {
  const session = connect(`http://127.0.0.1:${stage.envoy.port('partial')}`);
  t.after(() => session.close());
  const send = async (body: string | undefined, trailers?: Record<string, string>): Promise<unknown> => {
    const stream = session.request(
      { ':method': 'POST', ':path': '/tell', 'content-type': 'application/json' },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(trailers!));
    if (body !== undefined) stream.end(body);
    const [headers] = await once(stream, 'response');
    assert.equal(headers[':status'], 200);
    const { headers: seen } = JSON.parse(Buffer.concat(await stream.toArray()).toString());
    return JSON.parse(new Map<string, string>(seen).get('x-told')!);
  };
  assert.deepEqual(await send('{"amount":7}'), ['complete', 12, null, false, { amount: 7 }]);
  assert.deepEqual(await send(''), ['empty', 0, null, false, null]);
  assert.deepEqual(await send(`{"n":"${'x'.repeat(MAX_BYTES)}"}`), [
    'truncated',
    MAX_BYTES,
    null,
    true,
    null,
  ]);
  // Trailers end a body as well as anything else does.
  assert.deepEqual(await send('{"amount":7}', { 'x-trailer': '1' }), [
    'complete',
    12,
    null,
    false,
    { amount: 7 },
  ]);
  // A request that ends with its headers is not buffered, so Envoy says nothing of its body.
  assert.deepEqual(await send(undefined), ['not_inspected', 0, null, false, null]);
});
