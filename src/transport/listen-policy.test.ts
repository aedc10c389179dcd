import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../config/address.ts';
import { checkListenPolicy } from './listen-policy.ts';

const tls = {};
const CASES: readonly (readonly [
  address: string,
  options: { tls?: object; insecure?: boolean },
  served: boolean,
])[] = [
  ['127.0.0.1:0', {}, true],
  ['127.9.9.9:1', {}, true],
  ['[::1]:9191', {}, true],
  ['localhost:9191', {}, true],
  ['unix:/run/portcullis.sock', {}, true],
  ['unix:/run/portcullis.sock', { tls }, false],
  ['0.0.0.0:9191', {}, false],
  ['[::]:9191', {}, false],
  ['10.0.0.1:9191', {}, false],
  ['127.0.0.1.example:9191', {}, false],
  ['portcullis.internal:9191', {}, false],
  ['0.0.0.0:9191', { insecure: false }, false],
  ['0.0.0.0:9191', { insecure: true }, true],
  ['0.0.0.0:9191', { tls }, true],
];

for (const [text, options, served] of CASES) {
  test(`${text} ${JSON.stringify(options)} is ${served ? 'served' : 'refused'}`, () => {
    const address = parseAddress(text);
    assert.ok(address);
    const check = (): void => checkListenPolicy({ address, ...options });
    if (served) check();
    else assert.throws(check, { code: 'config_invalid' });
  });
}
