import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { contextAt, outcomeOf } from '../../../test/support/builtin-context.ts';
import { ExactNumber, type RegoValue } from '../value.ts';
import { equalValues } from './compare.ts';
import { decodePem } from './pem.ts';

/** What untrusted arguments could make expensive returns, or is refused. A run that does not end is what fails here. */

const long = 'a'.repeat(50_000);
const million = 'a'.repeat(1_000_000);
const half = 'a'.repeat(500_000);

const exact = (text: string): ExactNumber => new ExactNumber(text);
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** A thousand networks, each with a long text that stands in the result for it. */
const wide = (network: string): RegoValue => new Set(many(1_000, (i) => [network, `${i}${'x'.repeat(500)}`]));

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
    [
      'numbers.range_step',
      [exact(`1${'0'.repeat(30_000)}`), exact(`1${'0'.repeat(29_990)}9999999999`), 100_000],
    ],
    ['net.cidr_contains_matches', [many(1_001, () => '10.0.0.0/8'), many(1_000, () => '10.0.0.1')]],
    ['net.cidr_contains_matches', [wide('10.0.0.0/8'), wide('10.0.0.1/32')]],
    ['regex.replace', ['a'.repeat(1_000_000), 'a', 'x'.repeat(1_000_000)]],
    ['regex.replace', ['a'.repeat(1_000_000), 'a', '$0'.repeat(500_000)]],
    ['sprintf', ['%d', [exact('9'.repeat(4_000_000))]]],
    ['time.parse_duration_ns', [`${'9'.repeat(4_000_000)}h`]],
    ['time.format', [exact('9'.repeat(4_000_000))]],
    ['hex.decode', ['f']],
  ];
  for (const [name, args] of table) {
    const outcome = outcomeOf(name, args) as { error: string };
    assert.equal(typeof outcome.error, 'string', name);
    // The evaluation puts the name before the message.
    assert.ok(!outcome.error.includes(name), outcome.error);
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

test('texts are searched in linear time', { timeout: 60_000 }, () => {
  assert.deepEqual(outcomeOf('indexof_n', [million, `${half}b`]), []);
  assert.equal((outcomeOf('indexof_n', [million, half]) as RegoValue[]).length, 500_001);
  const nearly = `${'a'.repeat(100)}b${'a'.repeat(300_000)}`;
  assert.equal(outcomeOf('strings.count', [million, nearly]), 0);
  assert.deepEqual(outcomeOf('strings.split_n', [million, nearly, 5]), [million]);
  const names = (first: string): RegoValue[] => many(50_000, (i) => `${first}${i}${first}`);
  assert.equal(outcomeOf('strings.any_prefix_match', [names('x'), names('y')]), false);
  assert.equal(outcomeOf('strings.any_suffix_match', [names('x'), names('y')]), false);
  assert.equal(outcomeOf('strings.any_prefix_match', [names('x'), new Set(['y', 'x49999'])]), true);
});

test('a pattern that looks at the same text again and again is stopped', { timeout: 60_000 }, () => {
  const error = { error: 'the pattern takes too much work on this text', halt: false };
  assert.deepEqual(outcomeOf('regex.find_n', ['a+b|a', million, -1]), error);
  assert.deepEqual(outcomeOf('regex.split', ['a+b|a', million]), error);
  assert.deepEqual(outcomeOf('regex.replace', [million, '(a+b)|a', '$1']), error);
  const mixed = many(1_000_000, (i) => 'ab'[((i * i * 31 + (i >> 3)) % 7) & 1]).join('');
  const template = '<(?:a|b)*a(?:a|b){400}>';
  assert.deepEqual(outcomeOf('regex.template_match', [template, `${mixed}c`, '<', '>']), error);
});

test('what patterns are for is not stopped', { timeout: 60_000 }, () => {
  const text = 'Lorem ipsum dolor sit amet, user@example.com 10.0.0.1 '.repeat(5_000);
  const mail = '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,64}';
  assert.equal((outcomeOf('regex.find_n', [mail, text, -1]) as RegoValue[]).length, 5_000);
  assert.equal((outcomeOf('regex.split', ['[, ]+', text]) as RegoValue[]).length, 35_001);
  assert.equal((outcomeOf('regex.replace', [text, '(\\w+)@(\\w+)', '$2']) as string).length, 245_000);
  assert.equal(outcomeOf('regex.template_match', ['urn:<[a-z]+>:id', `urn:${million}:id`, '<', '>']), true);
  assert.equal(
    (outcomeOf('regex.find_n', [million.slice(0, 1_000), million, -1]) as RegoValue[]).length,
    1_000,
  );
});

test('times are read in linear time', { timeout: 60_000 }, () => {
  for (const piece of ['2', '_2 ', '2006 ', ' ', 'MST ', '05 ', '.000 ']) {
    const text = piece.repeat(1_000_000 / piece.length);
    assert.equal(
      typeof (outcomeOf('time.parse_ns', [text, `${text}x`]) as { error: string }).error,
      'string',
    );
  }
  assert.equal(outcomeOf('time.parse_duration_ns', ['0s'.repeat(500_000)]), 0);
  assert.equal(outcomeOf('time.parse_duration_ns', ['0d'.repeat(500_000)]), 0);
});

test('networks are read once each', { timeout: 60_000 }, () => {
  const outer = many(1_000, (i) => `10.${i >> 8}.${i & 255}.0/24`);
  const inner = many(1_000, (i) => `11.${i >> 8}.${i & 255}.1`);
  assert.deepEqual(outcomeOf('net.cidr_contains_matches', [outer, inner]), new Set());
  assert.equal(
    (outcomeOf('net.cidr_merge', [many(50_000, (i) => `${i >> 8}.${i & 255}.0.0/24`)]) as Set<RegoValue>)
      .size > 0,
    true,
  );
});

test('composite values are compared in near-linear time', { timeout: 60_000 }, () => {
  const nested = (leaf: RegoValue): RegoValue => {
    let value = leaf;
    for (let i = 0; i < 900; i++) value = new Map([['k', value]]);
    return value;
  };
  const list = many(100_000, (i) => i);
  const base = nested(
    new Map<string, RegoValue>([
      ['list', list],
      ['more', 1],
    ]),
  );
  assert.equal(outcomeOf('object.subset', [base, nested(new Map([['list', list]]))]), true);

  const numbered = (): RegoValue => new Map(many(50_000, (i) => [exact(`${i}.0`), i]));
  assert.equal(outcomeOf('object.subset', [numbered(), numbered()]), true);
  assert.equal(
    outcomeOf('object.subset', [many(200_000, () => 'a'), [...many(100_000, () => 'a'), 'b']]),
    false,
  );

  const tree = (depth: number, leaf: number): RegoValue =>
    depth === 0 ? leaf : new Set([tree(depth - 1, 2 * leaf), tree(depth - 1, 2 * leaf + 1)]);
  assert.equal(equalValues(tree(16, 1), tree(16, 1)), true);
  assert.equal(
    outcomeOf('object.subset', [[exact(`1e${'9'.repeat(500_000)}`)], [exact(`1e${'9'.repeat(500_000)}`)]]),
    true,
  );
});

test('print stops at its limits', { timeout: 60_000 }, () => {
  const context = contextAt(0);
  const large = new Set(many(100_000, (i) => i));
  outcomeOf('internal.print', [[large, large, large]], context);
  assert.equal(context.printed.length, 1_000);
  assert.equal(context.printed[999], '0 0 999');
  const long = contextAt(0);
  outcomeOf('internal.print', [[new Set([million]), large]], long);
  assert.equal(long.printed.length, 2);
});

test('formats that name one argument many times', { timeout: 60_000 }, () => {
  const times = (directive: string): string => directive.repeat(1_000_000 / directive.length);
  const short = outcomeOf('sprintf', [times('%.1[1]x'), [million]]) as string;
  assert.ok(short === '61'.repeat(142_857));
  assert.equal((outcomeOf('sprintf', [times('%.1[1]f'), [exact('5e-324')]]) as string).length, 3 * 142_857);
  const { error } = outcomeOf('sprintf', [times('%[1]d'), [exact('9'.repeat(30_000))]]) as { error: string };
  assert.match(error, /formatted text is longer/);
});

test('templates are bounded by their steps, and reading long texts takes some', { timeout: 60_000 }, () => {
  const variables = (members: Record<string, RegoValue>): RegoValue => new Map(Object.entries(members));
  const data = variables({ list: many(1_000, (i) => i), text: million });
  const table: [template: string, message: RegExp][] = [
    ['{{range .list}}{{index $.text 0}}{{end}}', /more than 1000000 steps/],
    ['{{range .list}}{{if eq $.text "a"}}{{end}}{{end}}', /more than 1000000 steps/],
    ['{{range .list}}{{printf "%1000000d" 1 | len}}{{end}}', /more than 1000000 steps/],
    ['{{$x := .text}}{{range .list}}{{$x = print $x $x}}{{end}}', /more than 1000000 steps/],
    ['{{range .list}}{{printf "%q" $.text | len}}{{end}}', /more than 1000000 steps/],
    [`{{print${' 1'.repeat(400_000)}}}`, /more than 1000 arguments/],
    ['{{$x := 1}}'.repeat(2_000), /more than 1000 variables/],
    [`{{if 0}}${'{{else if 0}}'.repeat(70_000)}{{end}}`, /nesting deeper than 200/],
  ];
  for (const [template, message] of table) {
    const { error } = outcomeOf('strings.render_template', [template, data]) as { error: string };
    assert.match(error, message, template.slice(0, 60));
  }
});

test('keys are read in linear time, and a long token is not hashed for each of many', {
  timeout: 60_000,
}, () => {
  const begins = '-----BEGIN X-----\n'.repeat(40_000);
  assert.equal(decodePem(`${begins}-----END X-----\n`)?.der.length, 0);
  assert.equal(decodePem(`${begins}?\n-----END X-----\n`), undefined);
  assert.equal(decodePem(`${begins}-----END Y-----${' '.repeat(500_000)}`), undefined);
  const keys = JSON.stringify({ keys: many(1_000, () => ({ kty: 'oct', k: 'AA' })) });
  const token = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${million}.AA`;
  const { error } = outcomeOf('io.jwt.verify_es256', [token, keys]) as { error: string };
  assert.match(error, /too long for 1000 keys/);
});

test('an RSA key verifies with the exponents that Go takes only', () => {
  for (const [publicExponent, verified] of [
    [65_537, true],
    [2_147_483_659, false],
  ] as const) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent });
    const signed = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30`;
    const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    const key = publicKey.export({ type: 'spki', format: 'pem' });
    assert.equal(outcomeOf('io.jwt.verify_rs256', [token, key]), verified);
  }
});
