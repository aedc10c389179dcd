// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, type Request, type Response, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

/** `/as/<name>` lets that user in; `/anyone` says nothing about the user. `/echo` tells what the policy saw of `x-bin`. */
const POLICY = `package gate

http := input.attributes.request.http

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-user": input.parsed_path[1], "x-scope": ["read", "write"]}} if {
	input.parsed_path[0] == "as"
} else := {"allowed": true} if {
	input.parsed_path[0] == "anyone"
} else := {"allowed": true, "headers": {"x-seen": json.marshal([http.headers["x-bin"], http.headers["x-twice"]])}} if {
	input.parsed_path[0] == "echo"
} else := {"allowed": true, "headers": {"x-user": ""}} if {
	input.parsed_path[0] == "nobody"
} else := false
`;

let stage: Stage;
before(async () => {
  const raw = { encode_raw_headers: true };
  const few = { allowed_headers: { patterns: [{ exact: ':path' }] } };
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    extAuthz: '{ identityHeaders: [x-user, x-scope, x-tenant-id] }',
    listeners: [
      listener('front'),
      listener('soft', { hardened: false }),
      listener('raw', { hardened: false, authz: raw }),
      listener('few', { hardened: false, authz: few }),
    ],
  });
});
after(() => stage?.stop());

const EVERYWHERE = ['front', 'soft', 'raw', 'few'];

const get = (where: string, path: string, headers: Request['headers'] = []): Promise<Response> =>
  ask(stage.envoy.port(where), { path, headers });

const arrived = ({ seen }: Response, name: string): string[] => valuesOf(seen!.headers, name);

test('identity headers are what the policy says, whatever the client sends', async () => {
  const spoofs = [
    'x-user: root',
    'X-User: admin',
    'x-USER:',
    'x-scope: everything',
    'X-Tenant-Id: 1',
    'x-tenant-id: 2',
  ];
  for (const where of EVERYWHERE) {
    const known = await get(where, '/as/alice', spoofs);
    assert.deepEqual(arrived(known, 'x-user'), ['alice'], where);
    assert.deepEqual(arrived(known, 'x-scope'), ['read,write'], where);
    assert.deepEqual(arrived(known, 'x-tenant-id'), [], where);
    for (const path of ['/anyone', '/nobody']) {
      const anyone = await get(where, path, spoofs);
      for (const name of ['x-user', 'x-scope', 'x-tenant-id'])
        assert.deepEqual(arrived(anyone, name), [], `${where} ${path} ${name}`);
    }
    // The next request on the same route is not told by the last one.
    assert.deepEqual(arrived(await get(where, '/as/bob'), 'x-user'), ['bob']);
  }
});

test('a twin spelt with an underscore is refused, by Envoy or by Portcullis', async () => {
  for (const twin of ['x_user: root', 'X_USER: root', 'x-tenant_id: 1', 'x_tenant_id: 1', 'x_scope:']) {
    const count = stage.upstream.count();
    for (const where of ['front', 'soft', 'raw']) {
      const { status } = await get(where, '/as/alice', [twin]);
      assert.equal(status, 400, `${where} ${twin}`);
    }
    assert.equal(stage.upstream.count(), count);
  }
  await ask(stage.envoy.port('soft'), { path: '/as/alice', headers: ['x_user: root'], tag: 'twin' });
  const { metadata, details } = await stage.envoy.logged('twin');
  assert.equal(details, 'ext_authz_denied');
  assert.equal((metadata!['portcullis'] as { code: string }).code, 'header_ambiguous');
  // A header that nobody trusts may have an underscore.
  assert.equal((await get('soft', '/as/alice', ['x_other: 1'])).status, 200);
});

test('a twin that Envoy does not show to Portcullis does not arrive either', async () => {
  const twins = ['x_user: root', 'X_SCOPE: everything', 'x-tenant_id: 1', 'x_tenant-id: 2', 'x_tenant_id: 3'];
  for (const path of ['/as/alice', '/anyone', '/nobody']) {
    const answer = await get('few', path, [...twins, 'x_other: 1']);
    assert.equal(answer.status, 200, path);
    for (const twin of twins) {
      const name = twin.slice(0, twin.indexOf(':')).toLowerCase();
      assert.deepEqual(arrived(answer, name), [], `${path} ${name}`);
    }
    assert.deepEqual(arrived(answer, 'x_other'), ['1'], 'what is not guarded arrives');
  }
});

test('bytes that are not UTF-8 and headers given twice reach the policy alike by both encodings', async () => {
  const sent = [Buffer.from('x-bin: A\xff\xfe\xc3\xa9B', 'latin1'), 'x-twice: one', 'x-twice: two'];
  for (const where of ['front', 'raw']) {
    const answer = await get(where, '/echo', sent);
    assert.equal(answer.status, 200, where);
    // The header's own bytes are Latin-1 to the upstream of this test.
    const [text] = arrived(answer, 'x-seen');
    assert.deepEqual(JSON.parse(Buffer.from(text!, 'latin1').toString()), ['A!!éB', 'one,two'], where);
    assert.deepEqual(arrived(answer, 'x-bin'), ['A\xff\xfe\xc3\xa9B'], where);
  }
});

test('headers by which other servers forward a path or a client are not the request', async () => {
  const sent = ['x-original-url: /as/root', 'x-rewrite-url: /as/root', 'x-envoy-original-path: /as/root'];
  const { seen } = await get('front', '/as/alice', [...sent, 'x-http-method-override: DELETE']);
  assert.deepEqual(valuesOf(seen!.headers, 'x-user'), ['alice']);
  assert.equal(seen!.method, 'GET');
});
