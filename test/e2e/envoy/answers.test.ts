// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, type Request, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

/** What a request gets is said by its path. */
const POLICY = `package gate

# METADATA
# entrypoint: true
decision := answer[input.parsed_path[0]]

answer["open"] := true

answer["shut"] := false

answer["maybe"] := "yes"

answer["teapot"] := {
	"allowed": false,
	"http_status": 401,
	"body": "{\\"error\\":\\"who are you?\\"}",
	"headers": {"content-type": "application/json", "www-authenticate": ["Bearer", "Basic"], "set-cookie": ["a=1", "b=2"]},
	"reasons": ["no token"],
	"dynamic_metadata": {"team": "shop"},
}

answer["many"] := {
	"allowed": true,
	"headers": {"x-roles": ["buyer", "admin"], "x-more": {"value": "ours", "action": "append"}, "x-absent": {"value": "ours", "action": "append"}, "x-default": {"value": "ours", "action": "add_if_absent"}, "x-known": {"value": "ours", "action": "overwrite_if_exists"}},
	"request_headers_to_remove": ["x-debug", "Cookie"],
	"response_headers_to_add": {"x-both": "policy", "set-cookie": ["p=1", "p=2"], "x-frame-options": "DENY"},
	"query_parameters_to_set": {"tenant": "blue", "page": "1"},
	"query_parameters_to_remove": ["admin"],
}

answer["line-break"] := {"allowed": true, "headers": {"x-user": "alice\\r\\nx-role: admin"}}

answer["pseudo"] := {"allowed": true, "headers": {":path": "/admin"}}

answer["framing"] := {"allowed": true, "headers": {"transfer-encoding": "chunked"}}

answer["number"] := {"allowed": true, "headers": {"x-user": 7}}

answer["query"] := {"allowed": true, "query_parameters_to_set": {"a b": "c"}}
`;

let stage: Stage;
before(async () => {
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    listeners: [listener('front'), listener('shadow', { authz: { shadow_mode: true } })],
  });
});
after(() => stage?.stop());

const get = (path: string, request: Request = {}, where = 'front') =>
  ask(stage.envoy.port(where), { path, ...request });

test('an allowed request reaches the upstream, a denied one does not', async () => {
  const open = await get('/open');
  assert.equal(open.status, 200);
  assert.equal(open.seen?.url, '/open');
  const count = stage.upstream.count();
  for (const path of ['/shut', '/maybe', '/unheard-of', '/']) {
    const { status, body, headers } = await get(path);
    assert.equal(status, 403, path);
    assert.equal(body, '');
    assert.deepEqual(
      headers.map(([name]) => name).filter((name) => /portcullis|decision|reason/.test(name)),
      [],
    );
  }
  assert.equal(stage.upstream.count(), count);
});

test('a denial carries status, body and every header of the policy', async () => {
  const { status, body, headers } = await get('/teapot');
  assert.equal(status, 401);
  assert.equal(body, '{"error":"who are you?"}');
  assert.deepEqual(valuesOf(headers, 'content-type'), ['application/json']);
  assert.deepEqual(valuesOf(headers, 'www-authenticate'), ['Bearer', 'Basic']);
  assert.deepEqual(valuesOf(headers, 'set-cookie'), ['a=1', 'b=2']);
});

test('why is in the access log and in the decision log, under one id', async () => {
  await get('/teapot', { tag: 'why' });
  const { details, flags, metadata } = await stage.envoy.logged('why');
  assert.equal(details, 'ext_authz_denied');
  assert.equal(flags, 'UAEX');
  const line = await stage.decision(metadata!['decision_id']);
  assert.deepEqual(metadata, {
    team: 'shop',
    decision_id: metadata!['decision_id'],
    portcullis: {
      status: 'denied',
      cached: line.custom.cached,
      reasons: ['no token'],
      policy_set: 'shop',
      entrypoint: 'gate/decision',
    },
  });
  assert.equal((line.result as { allowed: boolean }).allowed, false);
  assert.equal(line.input!.attributes.request.http.headers['x-test'], 'why');

  for (const [path, status] of [
    ['/open', 'allowed'],
    ['/shut', 'denied'],
    ['/maybe', 'not_a_decision'],
    ['/unheard-of', 'undefined'],
  ] as const) {
    await get(path, { tag: path });
    const { metadata: told } = await stage.envoy.logged(path);
    assert.equal((told!['portcullis'] as { status: string }).status, status, path);
    await stage.decision(told!['decision_id']);
  }
});

test('obligations of an allow arrive where they are meant to', async () => {
  const sent = [
    'x-roles: root',
    'X-Roles: god',
    'x-more: theirs',
    'x-default: theirs',
    'x-debug: 1',
    'cookie: s=1',
  ];
  const { status, seen, headers } = await get('/many?page=9&admin=1&page=8&q=a%20b', { headers: sent });
  assert.equal(status, 200);
  const got = (name: string): string[] => valuesOf(seen!.headers, name);
  assert.deepEqual(got('x-roles'), ['buyer,admin']);
  assert.deepEqual(got('x-more'), ['theirs,ours']);
  assert.deepEqual(got('x-absent'), ['ours']);
  assert.deepEqual(got('x-default'), ['theirs']);
  assert.deepEqual(got('x-known'), []);
  assert.deepEqual(got('x-debug'), []);
  assert.deepEqual(got('cookie'), []);
  const query = new URL(seen!.url, 'http://upstream').searchParams;
  assert.deepEqual(Object.fromEntries(query), { page: '1', q: 'a b', tenant: 'blue' });
  assert.equal(query.size, 3);
  assert.deepEqual(valuesOf(headers, 'x-both'), ['policy']);
  assert.deepEqual(valuesOf(headers, 'x-frame-options'), ['DENY']);
  assert.deepEqual(valuesOf(headers, 'set-cookie'), ['up=1', 'p=1', 'p=2']);

  const bare = await get('/many', { headers: ['x-known: theirs'] });
  const gotBare = (name: string): string[] => valuesOf(bare.seen!.headers, name);
  assert.deepEqual(gotBare('x-default'), ['ours']);
  assert.deepEqual(gotBare('x-known'), ['ours']);
});

test('an obligation that cannot be sent is a denial, and Envoy never sees it', async () => {
  for (const path of ['/line-break', '/pseudo', '/framing', '/number', '/query']) {
    const { status, body } = await get(path, { tag: path });
    assert.equal(status, 403, path);
    assert.equal(body, '');
    const { details, metadata } = await stage.envoy.logged(path);
    assert.equal(details, 'ext_authz_denied', path);
    assert.equal((metadata!['portcullis'] as { code: string }).code, 'obligations_invalid', path);
  }
  assert.equal(await stage.envoy.counter('ext_authz.invalid'), 0);
});
