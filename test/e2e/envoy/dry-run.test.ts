// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, type Response, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

const POLICY = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-user": "alice"}, "response_headers_to_add": {"x-both": "policy"}} if {
	input.parsed_path[0] == "open"
} else := {
	"allowed": false,
	"http_status": 429,
	"body": "no",
	"headers": {"x-why": "haste"},
	"reasons": ["too fast"],
} if {
	input.parsed_path[0] == "shut"
} else := {"allowed": true, "headers": {"x-user": 7}} if {
	input.parsed_path[0] == "broken"
}
`;

let dry: Stage;
let real: Stage;
before(async () => {
  const rego = { 'gate.rego': POLICY };
  [dry, real] = await Promise.all([
    startStage({
      rego,
      extAuthz: '{ identityHeaders: [x-user], dryRun: true }',
      listeners: [listener('front'), listener('soft', { hardened: false })],
    }),
    startStage({
      rego,
      extAuthz: '{ identityHeaders: [x-user] }',
      listeners: [listener('shadow', { authz: { shadow_mode: true } })],
    }),
  ]);
});
after(() => Promise.all([dry?.stop(), real?.stop()]));

const get = (stage: Stage, where: string, path: string): Promise<Response> =>
  ask(stage.envoy.port(where), { path, headers: ['x-user: root'], tag: path });

const DENIALS: readonly (readonly [path: string, status: string, code?: string])[] = [
  ['/shut', 'denied'],
  ['/undefined', 'undefined'],
  ['/broken', 'obligations_invalid', 'obligations_invalid'],
];

test('a dry run lets everything through, without headers that a client made up, and logs what would have been', async () => {
  for (const [path, , code] of DENIALS) {
    const { status, seen, headers } = await get(dry, 'front', path);
    assert.equal(status, 200, path);
    assert.equal(seen!.url, path);
    assert.deepEqual(valuesOf(seen!.headers, 'x-user'), [], path);
    assert.deepEqual(valuesOf(headers, 'x-why'), []);
    const { metadata, details } = await dry.envoy.logged(path);
    assert.equal(details, 'via_upstream');
    const told = metadata!['portcullis'] as Record<string, unknown>;
    assert.notEqual(told['status'], 'allowed', path);
    assert.equal(told['code'], code, path);
    const line = await dry.decision(metadata!['decision_id']);
    assert.notEqual((line.result as { allowed?: boolean } | undefined)?.allowed, true, path);
  }
  const shut = await dry.envoy.logged('/shut');
  assert.deepEqual((shut.metadata!['portcullis'] as { reasons: unknown }).reasons, ['too fast']);
  assert.equal((await get(dry, 'soft', '/open/../shut')).status, 200);
});

test('what a dry run allows, it allows as ever', async () => {
  const { seen, headers } = await get(dry, 'front', '/open');
  assert.deepEqual(valuesOf(seen!.headers, 'x-user'), ['alice']);
  assert.deepEqual(valuesOf(headers, 'x-both'), ['policy']);
});

test("Envoy's own shadow mode lets denials through as the client sent them, and says what would have been", async () => {
  for (const [path, told] of DENIALS) {
    const { status, seen } = await get(real, 'shadow', path);
    assert.equal(status, 200, path);
    // Unlike in a dry run nobody removes what the client made up: Envoy does not touch a request that it would have denied.
    assert.deepEqual(valuesOf(seen!.headers, 'x-user'), ['root'], path);
    const { shadow, metadata } = await real.envoy.logged(path);
    assert.equal((shadow as { check_result: string }).check_result, 'DENIED', path);
    assert.equal((shadow as { status_code: number }).status_code, path === '/shut' ? 429 : 403);
    assert.ok(told.length > 0 && metadata !== null);
    await real.decision(metadata['decision_id']);
  }
  const { seen } = await get(real, 'shadow', '/open');
  assert.deepEqual(valuesOf(seen!.headers, 'x-user'), ['alice']);
  assert.deepEqual((await real.envoy.logged('/open')).shadow, { check_result: 'OK', status_code: 200 });
});
