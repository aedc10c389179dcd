import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesPattern, normalHost, normalPattern } from './host-pattern.ts';

test('a host has one way of writing', () => {
  const rows: readonly (readonly [written: string, host: string | undefined])[] = [
    ['API.Example.COM', 'api.example.com'],
    ['api.example.com.', 'api.example.com'],
    ['localhost', 'localhost'],
    ['_sip._tcp.example', '_sip._tcp.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['10.0.0.5', '10.0.0.5'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::FFFF:127.0.0.1', '::ffff:7f00:1'],
    ['bücher.example', undefined],
    ['ａpi.example', undefined],
    ['api..example', undefined],
    ['.example', undefined],
    ['', undefined],
    ['.', undefined],
    ['api.example..', undefined],
    ['-a.example', undefined],
    ['a.example:80', undefined],
    ['a example', undefined],
    ['a/b', undefined],
    ['user@a.example', undefined],
    ['[a.example]', undefined],
    ['[127.0.0.1]', undefined],
    ['fe80::1%eth0', undefined],
    // What resolvers read as addresses.
    ['2130706433', undefined],
    ['0x7f000001', undefined],
    ['0177.0.0.1', undefined],
    ['127.1', undefined],
    ['0x7f.1', undefined],
    ['127.0.0.1.', undefined],
    ['1.2.3.4.0x', undefined],
    ['a'.repeat(64) + '.example', undefined],
  ];
  for (const [written, host] of rows) assert.equal(normalHost(written), host, written);
});

test('a pattern stands for the names below its suffix', () => {
  const pattern = normalPattern('*.Example.com.');
  assert.equal(pattern, '*.example.com');
  assert.equal(matchesPattern(pattern, 'a.example.com'), true);
  assert.equal(matchesPattern(pattern, 'a.b.example.com'), true);
  for (const other of ['example.com', 'badexample.com', 'a.example.com.evil', 'a.example.org']) {
    assert.equal(matchesPattern(pattern, other), false, other);
  }
  for (const none of ['*', '*.', '*.10.0.0.1', '*.1', 'a.*.example', '**.example', '*example.com']) {
    assert.equal(normalPattern(none), undefined, none);
  }
});
