import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Address, formatAddress, isLocalAddress, parseAddress } from './address.ts';
import { formatBytes, parseBytes } from './bytes.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatSource, parseSource } from './source.ts';

test('sizes are read in powers of 1024', () => {
  const table: [string, number | undefined][] = [
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['1KiB', 1024],
    ['64 MiB', 64 * 1024 ** 2],
    ['2GiB', 2 * 1024 ** 3],
    ['1KB', undefined],
    ['1.5MiB', undefined],
    ['-1', undefined],
    ['', undefined],
    ['MiB', undefined],
    ['99999999GiB', undefined],
  ];
  for (const [text, bytes] of table) assert.equal(parseBytes(text), bytes, text);
});

test('durations are sums of units, the largest first', () => {
  const table: [string, number | undefined][] = [
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['30m1h', undefined],
    ['1s1s', undefined],
    ['10', undefined],
    ['1.5h', undefined],
    ['-1s', undefined],
    ['1 h', undefined],
    ['', undefined],
    ['999999999999d', undefined],
  ];
  for (const [text, durationMs] of table) assert.equal(parseDuration(text), durationMs, text);
});

test('what is formatted reads back as the same number', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 45 }), (value) => {
      assert.equal(parseBytes(formatBytes(value)), value);
      assert.equal(parseDuration(formatDuration(value)), value);
    }),
  );
});

test('addresses are host and port, or a socket', () => {
  const table: [string, Address | undefined, boolean?][] = [
    ['127.0.0.1:9191', { kind: 'tcp', host: '127.0.0.1', port: 9191 }, true],
    ['127.8.9.1:0', { kind: 'tcp', host: '127.8.9.1', port: 0 }, true],
    ['localhost:1', { kind: 'tcp', host: 'localhost', port: 1 }, true],
    ['[::1]:80', { kind: 'tcp', host: '::1', port: 80 }, true],
    ['[::]:80', { kind: 'tcp', host: '::', port: 80 }, false],
    ['0.0.0.0:80', { kind: 'tcp', host: '0.0.0.0', port: 80 }, false],
    ['127.0.0.1.example.com:80', { kind: 'tcp', host: '127.0.0.1.example.com', port: 80 }, false],
    ['unix:/run/p.sock', { kind: 'unix', path: '/run/p.sock' }, true],
    ['unix:///run/p.sock', { kind: 'unix', path: '/run/p.sock' }, true],
    ['unix:p.sock', { kind: 'unix', path: 'p.sock' }, true],
    ['unix:', undefined],
    ['127.0.0.1', undefined],
    [':9191', undefined],
    ['::1:80', undefined],
    ['127.0.0.1:65536', undefined],
    ['http://127.0.0.1:80', undefined],
    ['a b:80', undefined],
  ];
  for (const [text, address, local] of table) {
    assert.deepEqual(parseAddress(text), address, text);
    if (address === undefined) continue;
    assert.deepEqual(parseAddress(formatAddress(address)), address, text);
    assert.equal(isLocalAddress(address), local, text);
  }
});

test('sources are files; the others say that they come later', () => {
  assert.deepEqual(parseSource('file:a/b.tar.gz'), { kind: 'file', path: 'a/b.tar.gz' });
  assert.deepEqual(parseSource('file:///a/b.tar.gz'), { kind: 'file', path: '/a/b.tar.gz' });
  assert.equal(formatSource({ kind: 'file', path: '/a' }), 'file:/a');
  const refused: [string, RegExp][] = [
    ['file:', /name the archive/],
    ['file://host/a', /name the archive/],
    ['http://user:secret@host/a', /http sources are not offered yet/],
    ['oci://host/a', /oci sources are not offered yet/],
    ['s3://bucket/a', /s3 sources are not offered yet/],
    ['bundles/a.tar.gz', /file:bundles/],
    ['gopher:a', /file:bundles/],
  ];
  for (const [text, message] of refused) {
    const result = parseSource(text);
    assert.ok('mistake' in result, text);
    assert.match(result.mistake, message);
    assert.doesNotMatch(result.mistake, /secret/);
  }
});
