import assert from 'node:assert/strict';
import { test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { isPermittedAddress } from './addresses.ts';

const networks = (...cidrs: string[]) => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));

test('public addresses are permitted', () => {
  for (const address of ['8.8.8.8', '1.0.0.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1']) {
    assert.equal(isPermittedAddress(address, []), true, address);
  }
});

const SPECIAL = `
  0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
  192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
  255.255.255.255
  :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:808:808 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1
  2001::1 2001:2::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 4000::1 5f00::1 fc00::1 fd12::1 fe80::1 fec0::1
  ff02::1 fe80::1%eth0 2606:4700::1111%eth0
`
  .trim()
  .split(/\s+/);

test('special addresses are not, unless their network is listed', () => {
  for (const address of SPECIAL) {
    assert.equal(isPermittedAddress(address, []), false, address);
    if (address.includes('%')) continue;
    const whole = address.includes(':') ? `${address}/128` : `${address}/32`;
    assert.equal(isPermittedAddress(address, networks(whole)), true, address);
  }
});

test('what stands for a listed address of IPv4 in IPv6 is not listed by it', () => {
  const listed = networks('127.0.0.0/8', '10.0.0.0/8', '0.0.0.0/0');
  for (const address of ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '::1', '2002:a00:1::']) {
    assert.equal(isPermittedAddress(address, listed), false, address);
  }
});

test('what is no address is not permitted', () => {
  for (const text of ['', 'localhost', '127.0.0.1/8', '1.2.3.4.5', ':::']) {
    assert.equal(isPermittedAddress(text, networks('0.0.0.0/0', '::/0')), false, text);
  }
});
