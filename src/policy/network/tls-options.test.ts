import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TlsRequest } from './access.ts';
import type { ListedHost } from './host-rules.ts';
import { tlsOptions } from './tls-options.ts';

const HOST: ListedHost = {
  name: 'api',
  host: 'api.example',
  schemes: ['https'],
  addresses: [],
  redirectsTo: [],
  allowInsecureTls: true,
};
const PLAIN: TlsRequest = { insecureSkipVerify: false, useSystemCerts: false };

test('certificates are read once, not for each request: the system’s take tens of milliseconds', () => {
  const system = { ...PLAIN, useSystemCerts: true };
  const first = tlsOptions(system, HOST).secureContext;
  assert.equal(tlsOptions({ ...system, insecureSkipVerify: true }, HOST).secureContext, first);
  assert.notEqual(tlsOptions(PLAIN, HOST).secureContext, first);
});
