import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextAt, outcomeOf } from '../../../test/support/builtin-context.ts';
import type { RegoValue } from '../value.ts';

/** What untrusted arguments could make expensive returns, or is refused. A run that does not end is what fails here. */

const long = 'a'.repeat(50_000);

test('regular expressions take linear time', { timeout: 60_000 }, () => {
  assert.deepEqual(outcomeOf('regex.split', ['(a+)+$', `${long}!`]), [`${long}!`]);
  assert.deepEqual(outcomeOf('regex.find_n', ['(a|a)*b', `${long}!`, -1]), []);
  assert.equal(outcomeOf('regex.replace', [`${long}!`, '(a*)*$', '']), `${long}!`);
  assert.equal(outcomeOf('regex.template_match', ['<(a+)+>b', `${long}!`, '<', '>']), false);
});

test('globs take the product of their lengths', { timeout: 60_000 }, () => {
  assert.equal(outcomeOf('regex.globs_match', ['a*b*'.repeat(400), 'b*a*'.repeat(400).concat('c')]), false);
  assert.deepEqual(outcomeOf('regex.globs_match', [long, long]), {
    error: 'globs of 50000 and 50000 characters are too long to compare',
    halt: false,
  });
});

test('what would be too large is refused', { timeout: 60_000 }, () => {
  const table: [name: string, args: RegoValue[]][] = [
    ['net.cidr_expand', ['10.0.0.0/15']],
    ['net.cidr_expand', ['::/0']],
    ['numbers.range_step', [0, 1_000_000, 1]],
    ['regex.split', ['a'.repeat(100_001), 'a']],
    ['regex.split', ['a{1001}', 'a']],
    ['hex.decode', ['ff']],
    ['hex.decode', ['f']],
  ];
  for (const [name, args] of table) {
    const outcome = outcomeOf(name, args) as { error: string };
    assert.equal(typeof outcome.error, 'string', name);
  }
  assert.equal((outcomeOf('net.cidr_expand', ['10.0.0.0/16']) as Set<RegoValue>).size, 65_536);
  assert.equal((outcomeOf('numbers.range_step', [1, 1_000_000, 1]) as RegoValue[]).length, 1_000_000);
});

test('keys and tokens of hostile shape are refused quickly', { timeout: 60_000 }, () => {
  const begins = '-----BEGIN X-----\n'.repeat(20_000);
  const table: [token: string, key: string][] = [
    ['a.b.c', begins],
    ['a.b.c', `${begins}-----END Y-----\n`],
    ['a.b.c', `{"keys":[${'{"kty":"oct","k":"AA"},'.repeat(2_000)}{}]}`],
    ['a.b.c', '{"kty":{"toString":1}}'],
    ['a.b.c', '{"kty":"constructor"}'],
    ['a.b.c', '{"kty":"EC","crv":{"toString":1}}'],
    ['a.b.c', '{"kty":"EC","crv":"P-256","x":1,"y":{}}'],
    ['a.b.c', '{"keys":[null]}'],
    ['.'.repeat(100_000), 'x'],
    [`${Buffer.from('['.repeat(100_000)).toString('base64url')}..`, 'x'],
  ];
  for (const [token, key] of table) {
    const outcome = outcomeOf('io.jwt.verify_es256', [token, key], contextAt(0)) as { error: string };
    assert.equal(typeof outcome.error, 'string');
  }
});

test('a nested token of quotes alone takes linear time', { timeout: 60_000 }, () => {
  const base64url = (text: string): string => Buffer.from(text).toString('base64url');
  const token = `${base64url('{"cty":"JWT"}')}.${base64url(`x${'"'.repeat(1_000_000)}x`)}.`;
  const { error } = outcomeOf('io.jwt.decode', [token], contextAt(0)) as { error: string };
  assert.match(error, /no period/);
});
