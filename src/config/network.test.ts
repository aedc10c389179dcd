import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, mistakes, SETS } from '../../test/support/config.ts';

test('network is off by default', async () => {
  assert.equal((await load({})).config.network, undefined);
});

test('hosts are kept in one way of writing, paths are absolute', async () => {
  const yaml = `${SETS}
network:
  hosts:
    api: { host: API.Example.com., caFile: ca.pem, redirectsTo: [api] }
    local: { host: '[::1]', schemes: [http], ports: [8080] }
  lookups: ['*.Example.org']
  maxTimeout: 2s
`;
  const { network } = (await load({ yaml })).config;
  assert.equal(network?.hosts['api']?.host, 'api.example.com');
  assert.equal(network?.hosts['api']?.caFile, '/etc/pc/ca.pem');
  assert.deepEqual(network?.hosts['api']?.schemes, ['https']);
  assert.equal(network?.hosts['local']?.host, '::1');
  assert.deepEqual(network?.lookups, ['*.example.org']);
  assert.equal(network?.maxTimeout, 2000);
});

test('mistakes name their place', async () => {
  const rows: readonly (readonly [network: string, message: RegExp])[] = [
    ['{}', /network list a host/],
    ['{ hosts: { api: {} } }', /network\.hosts\.api\.host write/],
    ['{ hosts: { api: { host: "https://a.example" } } }', /network\.hosts\.api\.host write a host in ASCII/],
    ['{ hosts: { api: { host: "a.example:80" } } }', /host write a host in ASCII/],
    ['{ hosts: { api: { host: "*" } } }', /host write a host in ASCII/],
    ['{ hosts: { api: { host: "2130706433" } } }', /host write a host in ASCII/],
    ['{ hosts: { api: { host: a.example, ports: [0] } } }', /ports\[0\] write a number above zero/],
    ['{ hosts: { api: { host: a.example, ports: [70000] } } }', /ports\[0\] write a port/],
    ['{ hosts: { api: { host: a.example, schemes: [ftp] } } }', /schemes\[0\] write one of https, http/],
    ['{ hosts: { api: { host: a.example, methods: [get] } } }', /methods\[0\] write a method in upper case/],
    ['{ hosts: { api: { host: a.example, addresses: [10.0.0.1] } } }', /addresses\[0\] write a network/],
    ['{ hosts: { api: { host: a.example, redirectsTo: [ipa] } } }', /redirectsTo\[0\] "ipa" is not in hosts/],
    [
      '{ hosts: { api: { host: a.example, policySets: [show] } } }',
      /"show" is not in policySets; did you mean "shop"/,
    ],
    [
      '{ hosts: { api: { host: a.example, clientKeyFile: k } } }',
      /needs clientCertFile and clientKeyFile together/,
    ],
    ['{ hosts: { api: { host: a.example, schemes: [http], caFile: c } } }', /not the scheme https/],
    ['{ hosts: { api: { host: a.example, tls: true } } }', /tls is not a known key/],
    ['{ lookups: ["a b"] }', /lookups\[0\] write a host in ASCII/],
  ];
  for (const [network, message] of rows) {
    assert.match(await mistakes({ yaml: `${SETS}\nnetwork: ${network}\n` }), message, network);
  }
});
