// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, type Request, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

/** What a request gets is said by its path; who asks, by a header that only the test's client sets. */
const POLICY = `package gate

http := input.attributes.request.http

# METADATA
# entrypoint: true
decision := answer[input.parsed_path[0]]

answer["open"] := true

answer["shut"] := false

answer["maybe"] := "yes"

answer["user"] := {"allowed": true, "headers": {"x-user": http.headers["x-who"]}}

answer["nobody"] := {"allowed": true, "headers": {"x-user": ""}}

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

answer["broken"] := {"allowed": true, "headers": {"x-user": "alice\\r\\nx-role: admin"}}
`;

let stage: Stage;
before(async () => {
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    extAuthz: '{ identityHeaders: [x-user] }',
    listeners: [
      listener('front'),
      listener('soft', { hardened: false }),
      listener('raw', { authz: { encode_raw_headers: true } }),
      listener('shadow', { authz: { shadow_mode: true } }),
    ],
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
  const { status, body, headers } = await get('/teapot', { tag: 'teapot' });
  assert.equal(status, 401);
  assert.equal(body, '{"error":"who are you?"}');
  assert.deepEqual(valuesOf(headers, 'content-type'), ['application/json']);
  assert.deepEqual(valuesOf(headers, 'www-authenticate'), ['Bearer', 'Basic']);
  assert.deepEqual(valuesOf(headers, 'set-cookie'), ['a=1', 'b=2']);
});
