import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRoute } from './route-choice.ts';

const OPTIONS = {
  policySet: 'shop',
  entrypoint: 'gateway/authz/decision',
  choices: { shop: ['mesh/authz/decision'], partners: ['partners/allow'] },
};
const set = 'portcullis.policy_set';
const entrypoint = 'portcullis.entrypoint';

const CHOSEN: readonly [name: string, extensions: Record<string, string>, chosen: string][] = [
  ['nothing', {}, 'shop gateway/authz/decision'],
  [
    'other extensions',
    { entrypoint: 'mesh/authz/decision', policy_set: 'partners' },
    'shop gateway/authz/decision',
  ],
  ['a listed entrypoint', { [entrypoint]: 'mesh/authz/decision' }, 'shop mesh/authz/decision'],
  ['a listed policy set', { [set]: 'partners' }, 'partners '],
  ['both', { [set]: 'partners', [entrypoint]: 'partners/allow' }, 'partners partners/allow'],
  ['what is configured', { [entrypoint]: 'gateway/authz/decision' }, 'shop gateway/authz/decision'],
  ['the configured policy set', { [set]: 'shop' }, 'shop gateway/authz/decision'],
  ['its own policy set', { [set]: 'shop', [entrypoint]: 'mesh/authz/decision' }, 'shop mesh/authz/decision'],
];

for (const [name, extensions, chosen] of CHOSEN) {
  test(`a route may choose: ${name}`, () => {
    const route = chooseRoute(OPTIONS, extensions);
    assert.equal(route.refusal, undefined);
    assert.equal(`${route.policySet} ${route.entrypoint}`, chosen);
  });
}

test('a route may have its requests evaluated in any case', () => {
  const table: [Record<string, string>, boolean][] = [
    [{}, false],
    [{ no_cache: 'true' }, false],
    [{ 'portcullis.no_cache': 'false' }, false],
    [{ 'portcullis.no_cache': 'true' }, true],
    [{ 'portcullis.no_cache': 'true', [set]: 'partners' }, true],
  ];
  for (const [extensions, noCache] of table) {
    const route = chooseRoute(OPTIONS, extensions);
    assert.deepEqual([route.noCache, route.refusal], [noCache, undefined]);
  }
});

const REFUSED: readonly [name: string, extensions: Record<string, string>, code: string][] = [
  ['an entrypoint that is not listed', { [entrypoint]: 'admin/allow' }, 'unknown_entrypoint'],
  ['one that is listed elsewhere', { [entrypoint]: 'partners/allow' }, 'unknown_entrypoint'],
  ['no entrypoint', { [entrypoint]: '' }, 'unknown_entrypoint'],
  ['a policy set that is not listed', { [set]: 'bank' }, 'unknown_policy_set'],
  ['no policy set', { [set]: '' }, 'unknown_policy_set'],
  ['what is neither true nor false', { 'portcullis.no_cache': 'yes', [set]: 'partners' }, 'invalid_request'],
  ['a name of every object', { [set]: '__proto__', [entrypoint]: 'toString' }, 'unknown_entrypoint'],
];

for (const [name, extensions, code] of REFUSED) {
  test(`a route may not choose: ${name}`, () => {
    const route = chooseRoute(OPTIONS, extensions);
    assert.equal(route.refusal?.code, code);
    assert.equal(`${route.policySet} ${route.entrypoint}`, 'shop gateway/authz/decision', 'what is recorded');
  });
}
