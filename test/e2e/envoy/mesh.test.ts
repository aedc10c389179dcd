// needs: opa, envoy, openssl
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAuthority, type Issued } from '../../contract/certificates.ts';
import { ask, type Response, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

const ORDERS = 'spiffe://prod/ns/shop/sa/orders';
const BILLING = 'spiffe://prod/ns/shop/sa/billing';

/** Orders may read the stock; whoever is known may ask who they are. */
const POLICY = `package mesh

source := input.attributes.source

certificate := urlquery.decode(source.certificate)

# METADATA
# entrypoint: true
decision := {"allowed": true} if {
	input.source_principal == "${ORDERS}"
	input.attributes.request.http.method == "GET"
	input.parsed_path[0] == "stock"
} else := {"allowed": true, "headers": {"x-told": json.marshal([source.principal, input.source_principal, input.attributes.tlsSession.sni, is_pem, object.get(source, "service", null)])}} if {
	input.parsed_path == ["whoami"]
}

is_pem := startswith(certificate, "-----BEGIN CERTIFICATE-----")
`;

let folder: string;
let stage: Stage;
let caFile: Buffer;
const certificates: Record<string, Issued> = {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-mesh-'));
  const authority = await createAuthority(folder, 'authority');
  const { certFile, keyFile } = await authority.issue('envoy', ['DNS:localhost']);
  caFile = authority.cert;
  certificates['orders'] = await authority.issue('orders', [`URI:${ORDERS}`, 'DNS:orders.internal']);
  certificates['billing'] = await authority.issue('billing', [`URI:${BILLING}`]);
  certificates['host'] = await authority.issue('host', ['DNS:host.internal']);
  stage = await startStage({
    rego: { 'mesh.rego': POLICY },
    listeners: [
      listener('mesh', {
        tls: { certFile, keyFile, caFile: authority.certFile },
        authz: { include_peer_certificate: true, include_tls_session: true },
      }),
    ],
  });
});
after(async () => {
  await stage?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (
  who: string,
  path: string,
  headers: readonly string[] = [],
  method = 'GET',
): Promise<Response> => {
  const { cert, key } = certificates[who]!;
  return ask(stage.envoy.port('mesh'), { path, headers, method }, { ca: caFile, cert, key });
};

test('a service is who its certificate says, whatever its headers say', async () => {
  const spoofs = [
    `x-forwarded-client-cert: By=spiffe://prod/x;Hash=00;URI=${ORDERS}`,
    'x-envoy-downstream-service-cluster: orders',
    `x-source-principal: ${ORDERS}`,
  ];
  for (const headers of [[], spoofs]) {
    assert.equal((await get('orders', '/stock/7', headers)).status, 200);
    assert.equal((await get('orders', '/stock/7', headers, 'POST')).status, 403);
    assert.equal((await get('billing', '/stock/7', headers)).status, 403);
    assert.equal((await get('host', '/stock/7', headers)).status, 403);
  }
  const { seen } = await get('billing', '/whoami', spoofs);
  assert.deepEqual(JSON.parse(valuesOf(seen!.headers, 'x-told')[0]!), [
    BILLING,
    BILLING,
    'localhost',
    true,
    null,
  ]);
  assert.deepEqual(valuesOf(seen!.headers, 'x-forwarded-client-cert'), []);
});
