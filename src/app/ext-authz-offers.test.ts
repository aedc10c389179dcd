import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePolicySets } from '../../test/support/services.ts';
import { watchOffers } from './ext-authz-offers.ts';

test('entrypoints that Envoy is to ask for and that are not there are named when policies become active', () => {
  const warnings: [string, readonly string[]][] = [];
  const warn = (fields: { policy_set: string; missing: readonly string[] }): void => {
    warnings.push([fields.policy_set, fields.missing]);
  };
  const sets = new FakePolicySets();
  const options = {
    policySet: 'shop',
    entrypoint: 'shop/alow',
    choices: { shop: ['shop/allow', 'shop/other'], bank: ['bank/allow'] },
  };
  watchOffers(options, sets, { warn });
  sets.activate('shop', 'r1');
  sets.activate('bank', 'r1');
  sets.activate('hr', 'r1');
  sets.remove('shop');
  assert.deepEqual(warnings, [['shop', ['shop/alow', 'shop/other']]]);
});
