// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, valuesOf } from '../../support/envoy-client.ts';
import { listener, route } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';
import { bundleOf, Signer } from '../../support/signed-bundles.ts';

const named = (name: string): string => `package ${name}

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-decided-by": "${name}", "x-team": object.get(input.attributes, ["contextExtensions", "team"], "")}}
`;

const POLICIES = {
  'edge.rego': named('edge'),
  'orders.rego': named('orders'),
  'admin.rego': named('admin'),
};
const PARTNER = { 'partner.rego': named('partner'), 'secret.rego': named('secret') };

const ENTRYPOINT = 'portcullis.entrypoint';
const SET = 'portcullis.policy_set';

/** By path, what the route says and which policy then decides; undefined where there must be no decision. */
const ROUTES: Readonly<
  Record<string, readonly [extensions: Record<string, string> | undefined, by: string | undefined]>
> = {
  '/plain': [undefined, 'edge'],
  '/extended': [{ team: 'blue' }, 'edge'],
  '/orders': [{ [ENTRYPOINT]: 'orders/decision', team: 'red' }, 'orders'],
  '/admin': [{ [ENTRYPOINT]: 'admin/decision' }, undefined],
  '/edge': [{ [ENTRYPOINT]: 'edge/decision' }, 'edge'],
  '/shop': [{ [SET]: 'shop' }, 'edge'],
  '/none': [{ [ENTRYPOINT]: 'none/decision' }, undefined],
  '/empty': [{ [ENTRYPOINT]: '' }, undefined],
  '/partner': [{ [SET]: 'partner', [ENTRYPOINT]: 'partner/decision' }, 'partner'],
  '/secret': [{ [SET]: 'partner', [ENTRYPOINT]: 'secret/decision' }, undefined],
  '/crossed': [{ [SET]: 'partner', [ENTRYPOINT]: 'orders/decision' }, undefined],
  '/hidden': [{ [SET]: 'hidden', [ENTRYPOINT]: 'partner/decision' }, undefined],
  '/unknown': [{ [SET]: 'unknown' }, undefined],
  '/prototype': [{ [SET]: '__proto__', [ENTRYPOINT]: 'orders/decision' }, undefined],
};

let stage: Stage;
before(async () => {
  const signer = new Signer('partner');
  const routes = Object.entries(ROUTES).map(([prefix, [extensions]]) =>
    route({ prefix }, extensions === undefined ? {} : { extensions }),
  );
  const free = route({ prefix: '/free' }, { perRoute: { disabled: true } });
  const partner =
    '{ bundles: { policy: { source: file:partner.tar.gz, verification: { keys: [partner] } } } }';
  stage = await startStage({
    rego: POLICIES,
    extAuthz: `
  policySet: shop
  entrypoint: edge/decision
  choices: { shop: [orders/decision], partner: [partner/decision] }`,
    keys: 'partner: { file: partner.pem }',
    policySets: `partner: ${partner}\n  hidden: ${partner}`,
    files: {
      'partner.pem': signer.publicKeyPem,
      'partner.tar.gz': await signer.archive(await bundleOf(PARTNER)),
    },
    listeners: [
      listener('front', { routes: [...routes, free] }),
      listener('soft', { routes, hardened: false }),
    ],
  });
});
after(() => stage?.stop());

const get = (path: string, where = 'front', headers: readonly string[] = []) =>
  ask(stage.envoy.port(where), { path, headers, tag: path });

test('a route chooses its policy by its context_extensions, from the list alone', async () => {
  for (const [path, [extensions, by]] of Object.entries(ROUTES)) {
    const { status, seen } = await get(path);
    assert.equal(status, by === undefined ? 403 : 200, path);
    if (by !== undefined) {
      assert.deepEqual(valuesOf(seen!.headers, 'x-decided-by'), [by], path);
      assert.deepEqual(
        valuesOf(seen!.headers, 'x-team'),
        extensions?.['team'] ? [extensions['team']] : [],
        path,
      );
    }
  }
  const { metadata } = await stage.envoy.logged('/admin');
  assert.equal((metadata!['portcullis'] as { code: string }).code, 'unknown_entrypoint');
  // The answer to a route that chose badly is recorded like any other.
  await stage.decision(metadata!['decision_id']);
});

test('no header of a client chooses', async () => {
  const sent = [SET, ENTRYPOINT].flatMap((name) => [
    `${name}: partner`,
    `x-${name}: partner/decision`,
    `x-envoy-${name}: partner`,
    `context-extensions: ${name}=partner/decision`,
  ]);
  const { seen } = await get('/plain', 'soft', sent);
  assert.deepEqual(valuesOf(seen!.headers, 'x-decided-by'), ['edge']);
  assert.deepEqual(valuesOf((await get('/orders', 'soft', sent)).seen!.headers, 'x-decided-by'), ['orders']);
  assert.equal((await get('/admin', 'soft', sent)).status, 403);
});

test('a route for which the filter is disabled is not asked about', async () => {
  const asked = (): Promise<number> => stage.envoy.counter('ext_authz.ok');
  const before = await asked();
  const { status, seen } = await get('/free');
  assert.equal(status, 200);
  assert.deepEqual(valuesOf(seen!.headers, 'x-decided-by'), []);
  assert.equal(await asked(), before);
});
