/** TLS of `http.send`: whom a certificate must name, who must have signed it, and what is presented. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { ListedHost } from '../src/policy/network/host-rules.ts';
import { httpRequest } from '../src/policy/network/request-object.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { CA, keyText, LEAF_KEY, leaf } from './support/authority.ts';
import { P256_A } from './support/certificates.ts';
import { startOrigin } from './support/http-send-origin.ts';
import { brokerOf } from './support/network-caller.ts';

interface Case {
  readonly fields?: Readonly<Record<string, RegoValue>>;
  readonly host?: Readonly<Record<string, unknown>>;
  readonly files?: Partial<ListedHost>;
  readonly wanted: RegExp;
}

async function origin(t: TestContext): Promise<{ port: number; presented: () => string | undefined }> {
  let presented: string | undefined;
  const { port } = await startOrigin(
    t,
    {
      key: keyText(LEAF_KEY),
      cert: leaf('api.example', LEAF_KEY),
      ca: CA,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      presented = (socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined;
    },
  );
  return { port, presented: () => presented };
}

async function outcome(port: number, { fields = {}, host = {}, files = {} }: Case): Promise<string> {
  const hosts = { api: { host: 'api.example', ports: [port], addresses: ['127.0.0.1/32'], ...host } };
  const broker = brokerOf(
    { hosts },
    { files: { api: files }, resolve: () => Promise.resolve(['127.0.0.1']) },
  );
  const given = { method: 'get', url: `https://api.example:${port}/counted`, ...fields };
  const request = httpRequest(new Map<RegoValue, RegoValue>(Object.entries(given)));
  const reply = await broker
    .forPolicySet('test')
    .handle({ ...request, cache: undefined }, AbortSignal.timeout(10_000));
  if (reply.kind === 'http') return `${reply.statusCode}`;
  return reply.kind === 'failure' ? `${reply.reason}: ${reply.message}` : reply.kind;
}

test('a certificate is verified: signer, name, time', async (t) => {
  const { port } = await origin(t);
  const cases: readonly Case[] = [
    {
      wanted: /^network: .*tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    },
    { files: { ca: CA }, wanted: /^200$/ },
    { fields: { tls_ca_cert: CA }, wanted: /^200$/ },
    { fields: { tls_ca_cert: CA.replaceAll('\n', '\\n') }, wanted: /^200$/ },
    { fields: { tls_ca_cert: CA, tls_use_system_certs: true }, wanted: /^200$/ },
    // What the policy names goes before what the operator names.
    { fields: { tls_use_system_certs: true }, files: { ca: CA }, wanted: /^network: .*unknown authority$/ },
    { fields: { tls_ca_cert: 'nonsense' }, wanted: /^refused: could not append certificates$/ },
    { fields: { tls_ca_cert: CA, tls_server_name: 'other.example' }, wanted: /^network: .*failed to verify/ },
    { fields: { tls_ca_cert: CA, tls_server_name: 'api.example' }, wanted: /^200$/ },
    { fields: { tls_insecure_skip_verify: true }, wanted: /^refused: .*allowInsecureTls/ },
    { fields: { tls_insecure_skip_verify: true }, host: { allowInsecureTls: true }, wanted: /^200$/ },
    { host: { allowInsecureTls: true }, wanted: /^network: .*unknown authority$/ },
  ];
  for (const each of cases) assert.match(await outcome(port, each), each.wanted, JSON.stringify(each.fields));
});

test('the operator’s certificate is presented, or the policy’s', async (t) => {
  const { port, presented } = await origin(t);
  const operator = { ca: CA, clientCert: leaf('operator', LEAF_KEY), clientKey: keyText(LEAF_KEY) };
  const policy = { tls_client_cert: leaf('policy', P256_A), tls_client_key: keyText(P256_A) };
  assert.equal(await outcome(port, { files: { ca: CA }, wanted: /./ }), '200');
  assert.equal(presented(), undefined);
  assert.equal(await outcome(port, { files: operator, wanted: /./ }), '200');
  assert.equal(presented(), 'operator');
  assert.equal(await outcome(port, { files: operator, fields: policy, wanted: /./ }), '200');
  assert.equal(presented(), 'policy');
  const broken = { ...policy, tls_client_key: keyText(LEAF_KEY) };
  assert.match(await outcome(port, { files: operator, fields: broken, wanted: /./ }), /^refused: tls: cert/);
});

test('files and variables of the server are not a policy’s to read', () => {
  for (const field of ['tls_ca_cert', 'tls_client_cert', 'tls_client_key']) {
    for (const from of ['file', 'env_variable']) {
      const request = new Map<RegoValue, RegoValue>([
        ['method', 'get'],
        ['url', 'https://api.example/'],
        [`${field}_${from}`, '/etc/passwd'],
      ]);
      assert.throws(() => httpRequest(request), /is not permitted: the operator names files/);
    }
  }
});
