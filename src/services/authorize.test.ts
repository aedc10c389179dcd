import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certified, LOCAL_PEER } from '../../test/support/services.ts';
import { CLIENT_METHODS, type ClientMethod } from '../config/clients.ts';
import type { ErrorCode } from '../errors.ts';
import type { Peer } from '../rpc.ts';
import { allowEveryone, type Client, createAuthorizer } from './authorize.ts';

const GATEWAY = 'spiffe://prod/ns/edge/sa/gateway';
const FINGERPRINT = 'ab12'.repeat(16);

const CLIENTS: Record<string, Client> = {
  gateway: { spiffe: [GATEWAY], policySets: ['shop'], methods: ['check', 'data-api'] },
  portal: { dns: ['portal.example.com'], policySets: ['shop', 'hr'] },
  pinned: { fingerprints: ['AB:12'.concat(':AB:12'.repeat(15))], methods: ['check'] },
  operator: { spiffe: ['spiffe://prod/operator'], methods: ['admin', 'health'] },
  nobody: {},
  muted: { dns: ['muted.example.com'], methods: [] },
  closed: { dns: ['closed.example.com'], policySets: [] },
};

type Row = readonly [
  name: string,
  peer: Peer,
  method: ClientMethod,
  policySet: string,
  expected: 'yes' | 'no' | ErrorCode,
];

const spiffe = (...uriNames: string[]): Peer => certified({ uriNames });
const dns = (...dnsNames: string[]): Peer => certified({ dnsNames });

const ROWS: readonly Row[] = [
  ['no certificate', LOCAL_PEER, 'check', 'shop', 'unauthenticated'],
  ['a certificate without names', certified({}), 'check', 'shop', 'forbidden'],
  ['the right SPIFFE id', spiffe(GATEWAY), 'check', 'shop', 'yes'],
  ['another policy set', spiffe(GATEWAY), 'check', 'hr', 'no'],
  ['no policy set named', spiffe(GATEWAY), 'check', '', 'no'],
  ['a policy set that begins alike', spiffe(GATEWAY), 'check', 'shop2', 'no'],
  ['a policy set in another case', spiffe(GATEWAY), 'check', 'Shop', 'no'],
  ['a method not listed', spiffe(GATEWAY), 'evaluate', 'shop', 'forbidden'],
  ['a longer SPIFFE id', spiffe(`${GATEWAY}2`), 'check', 'shop', 'forbidden'],
  ['a shorter SPIFFE id', spiffe(GATEWAY.slice(0, -1)), 'check', 'shop', 'forbidden'],
  ['a SPIFFE id below', spiffe(`${GATEWAY}/x`), 'check', 'shop', 'forbidden'],
  ['a trailing slash', spiffe(`${GATEWAY}/`), 'check', 'shop', 'forbidden'],
  ['another trust domain', spiffe('spiffe://prod.evil/ns/edge/sa/gateway'), 'check', 'shop', 'forbidden'],
  ['a SPIFFE id in another case', spiffe(GATEWAY.replace('prod', 'PROD')), 'check', 'shop', 'forbidden'],
  [
    'a percent-encoded SPIFFE id',
    spiffe(GATEWAY.replace('gateway', '%67ateway')),
    'check',
    'shop',
    'forbidden',
  ],
  ['a SPIFFE id with NUL', spiffe(`${GATEWAY}\0`), 'check', 'shop', 'forbidden'],
  ['two URIs in one certificate', spiffe(GATEWAY, 'spiffe://prod/other'), 'check', 'shop', 'forbidden'],
  ['a SPIFFE id among the DNS names', dns(GATEWAY), 'check', 'shop', 'forbidden'],
  ['a DNS name among the URIs', spiffe('portal.example.com'), 'check', 'shop', 'forbidden'],
  ['the right DNS name', dns('portal.example.com'), 'check', 'hr', 'yes'],
  ['one of several DNS names', dns('x.example.com', 'portal.example.com'), 'data-api', 'shop', 'yes'],
  ['a DNS name in another case', dns('Portal.example.com'), 'check', 'shop', 'forbidden'],
  ['a wildcard in the certificate', dns('*.example.com'), 'check', 'shop', 'forbidden'],
  ['a parent domain', dns('example.com'), 'check', 'shop', 'forbidden'],
  ['a trailing dot', dns('portal.example.com.'), 'check', 'shop', 'forbidden'],
  ['admin is not among unlisted methods', dns('portal.example.com'), 'admin', 'shop', 'forbidden'],
  ['admin where it is listed', spiffe('spiffe://prod/operator'), 'admin', 'shop', 'yes'],
  [
    'the right fingerprint, written otherwise',
    certified({ fingerprint: FINGERPRINT }),
    'check',
    'any',
    'yes',
  ],
  [
    'part of a fingerprint',
    certified({ fingerprint: FINGERPRINT.slice(0, 32) }),
    'check',
    'any',
    'forbidden',
  ],
  ['an empty fingerprint', certified({ fingerprint: '' }), 'check', 'any', 'forbidden'],
  ['a client without methods', dns('muted.example.com'), 'check', 'shop', 'forbidden'],
  ['a client without policy sets', dns('closed.example.com'), 'check', 'shop', 'no'],
  ['a name from Object.prototype', dns('constructor', '__proto__'), 'check', 'shop', 'forbidden'],
];

for (const [name, peer, method, policySet, expected] of ROWS) {
  test(`authorize: ${name} → ${expected}`, () => {
    const authorize = createAuthorizer(CLIENTS);
    // Twice: the second answer comes from what was kept of the first.
    for (let i = 0; i < 2; i++) {
      if (expected === 'yes' || expected === 'no') {
        assert.equal(authorize(peer, method).mayAsk(policySet), expected === 'yes');
      } else {
        assert.throws(() => authorize(peer, method), { code: expected });
      }
    }
  });
}

test('authorize: rights of several matching clients add up, but never combine', () => {
  const authorize = createAuthorizer({
    a: { dns: ['x'], policySets: ['shop'], methods: ['check'] },
    b: { dns: ['x'], policySets: ['hr'], methods: ['evaluate'] },
  });
  const peer = dns('x');
  assert.deepEqual(
    [authorize(peer, 'check').mayAsk('shop'), authorize(peer, 'check').mayAsk('hr')],
    [true, false],
  );
  assert.deepEqual(
    [authorize(peer, 'evaluate').mayAsk('shop'), authorize(peer, 'evaluate').mayAsk('hr')],
    [false, true],
  );
  assert.equal(authorize(peer, 'check').client, 'a');
});

test('authorize: one client without a list of policy sets may ask all', () => {
  const grant = createAuthorizer({ a: { dns: ['x'], policySets: ['shop'] }, b: { dns: ['x'] } })(
    dns('x'),
    'check',
  );
  assert.deepEqual([grant.client, grant.unlimited, grant.mayAsk('anything')], ['a,b', true, true]);
});

test('authorize: nothing configured lets everyone in, an empty list nobody', () => {
  for (const method of CLIENT_METHODS) {
    assert.equal(createAuthorizer(undefined)(LOCAL_PEER, method).mayAsk(''), true);
    assert.equal(allowEveryone(LOCAL_PEER, method).unlimited, true);
    assert.throws(() => createAuthorizer({})(dns('x'), method), { code: 'forbidden' });
  }
});

test('authorize: explanations are for clients that are permitted them by name; where none are configured, for the same machine', () => {
  const everyone = createAuthorizer(undefined);
  const far = { address: '192.0.2.1:4', local: false };
  assert.equal(everyone(far, 'check').unlimited, true);
  assert.throws(() => everyone(far, 'explain'), { code: 'forbidden' });
  const authorize = createAuthorizer({ a: { dns: ['x'] }, b: { dns: ['y'], methods: ['explain'] } });
  assert.throws(() => authorize(dns('x'), 'explain'), { code: 'forbidden' });
  assert.equal(authorize(dns('y'), 'explain').client, 'b');
});
