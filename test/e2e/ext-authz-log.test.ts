// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Authorization } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { QUIET_CONFIG, ServerSite } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

const POLICY = `package edge

# METADATA
# entrypoint: true
decision := {
	"allowed": allowed,
	"reason": "the door is closed",
	"body": input.parsed_body.note,
	"headers": {"authorization": input.attributes.request.http.headers.authorization, "x-note": "kept"},
	"response_headers_to_add": {"set-cookie": input.attributes.request.http.headers.cookie},
} if {
	allowed := input.attributes.request.http.method == "GET"
}
`;

const CONFIG = `${QUIET_CONFIG.replace(
  'decisionLog: { enabled: false }',
  `decisionLog:
  sinks: [{ type: file, path: decisions.jsonl }, { type: file, path: seen.jsonl, input: seen }]
  mask: [/input/source_principal]`,
)}
keys: { test: { algorithm: ES256, file: key.pem } }
policySets:
  edge: { bundles: { policy: { source: file:edge.tar.gz, verification: { keys: [test] } } } }
extAuthz: { dryRun: true }
`;

interface Entry {
  readonly decision_id: string;
  readonly trace_id: string;
  readonly input: { readonly attributes: { readonly request: { readonly http: { headers: object } } } };
  readonly result: { readonly allowed: boolean; readonly headers: object };
  readonly erased: readonly string[];
  readonly custom: Readonly<Record<string, unknown>>;
}

test('a check is logged with its decision, without credentials, and says that it was not enforced', async (t) => {
  const signer = new Signer('test');
  const site = await ServerSite.create(t, CONFIG, {
    'key.pem': signer.publicKeyPem,
    'edge.tar.gz': await signer.archive(await bundleOf({ 'edge.rego': POLICY })),
  });
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const secret = 'very-secret';
  const headers = {
    authorization: `Bearer ${secret}`,
    'proxy-authorization': secret,
    cookie: `session=${secret}`,
    'x-api-key': secret,
    'content-type': 'application/json',
    'x-request-id': 'r1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const { status, dynamicMetadata, httpResponse } = await client.call(Authorization.method.check, {
    attributes: {
      source: { principal: `spiffe://prod/${secret}` },
      request: {
        http: {
          method: 'POST',
          path: '/orders',
          headers,
          body: '{"note":"noted"}',
          headerMap: { headers: [{ key: 'authorization', rawValue: Buffer.from(secret) }] },
        },
      },
    },
  });
  assert.equal(status?.code, 0);
  assert.equal(httpResponse.case, 'okResponse');
  await server.stop();
  const text = await readFile(site.path('decisions.jsonl'), 'utf8');
  const entry = JSON.parse(text) as Entry;
  assert.equal(entry.decision_id, dynamicMetadata?.['decision_id']);
  assert.equal(entry.trace_id, '0af7651916cd43dd8448eb211c80319c', 'the trace of the request');
  assert.equal(entry.result.allowed, false);
  assert.equal(entry.custom['status'], 'denied');
  assert.equal(entry.custom['dry_run'], true);
  assert.equal(entry.custom['api'], 'ext_authz');
  assert.deepEqual(entry.result.headers, { 'x-note': 'kept' });
  const ofHeaders = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key'];
  assert.deepEqual(entry.erased.toSorted(), [
    '/input/attributes/request/http/body',
    '/input/attributes/request/http/headerMap',
    ...ofHeaders.map((name) => `/input/attributes/request/http/headers/${name}`),
    '/input/source_principal',
    '/result/headers/authorization',
    '/result/response_headers_to_add/set-cookie',
  ]);
  assert.deepEqual(Object.keys(entry.input.attributes.request.http.headers).sort(), [
    'content-type',
    'traceparent',
    'x-request-id',
  ]);
  // The certificate's name is masked by the operator's pointer only at that place.
  assert.equal(text.split(secret).length - 1, 1);

  const seen = JSON.parse(await readFile(site.path('seen.jsonl'), 'utf8')) as Entry;
  const { input, erased, custom, ...rest } = seen;
  assert.deepEqual(input, {
    attributes: { request: { http: { headers: {}, method: 'POST' } } },
    parsed_body: { note: 'noted' },
  });
  assert.deepEqual(erased.toSorted(), [
    '/input/attributes/request/http/headers/authorization',
    '/input/attributes/request/http/headers/cookie',
    '/result/headers/authorization',
    '/result/response_headers_to_add/set-cookie',
  ]);
  assert.deepEqual(custom, { ...entry.custom, partial_input: 'seen' });
  const { input: _whole, erased: _all, custom: _same, ...wholeRest } = entry;
  assert.deepEqual(rest, wholeRest);
});
