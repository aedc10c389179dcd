// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import {
  composite,
  generated,
  objectOf,
  oneOf,
  rowOf,
  scalar,
  someNumber,
  text,
} from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** Versions, graphs, patches, JSON and YAML of the host against the real OPA, on generated operands. */

const value = fc.oneof(scalar, composite, fc.array(composite, { maxLength: 3 }), objectOf(composite));

function mapOf(
  model: Record<string, fc.Arbitrary<RegoValue>>,
  requiredKeys: string[] = [],
): fc.Arbitrary<RegoValue> {
  return fc.record(model, { requiredKeys }).map((fields) => new Map(Object.entries(fields)));
}

test('semantic versions', async () => {
  // OPA does not come to an end on pre-releases that differ in numbers beyond 64 bits only.
  const piece = oneOf(
    '0 1 2 10 01 . - + a x-y v -- 9223372036854775807 9223372036854775808 é 1.2.3 1.2.3- 1.2.3-a. 1.2.3+ 00',
  );
  const identifiers = fc
    .array(oneOf('a b 1 2 10 A 0 a0 x-y 9223372036854775806 9223372036854775807'), {
      maxLength: 3,
    })
    .map((parts) => (parts.length === 0 ? '' : `-${parts.join('.')}`));
  const version = fc
    .tuple(oneOf('1.2.3 1.2.4 v1.2.3 1.10.0'), identifiers, oneOf(',+b,+b.1', ','))
    .map((parts) => parts.join(''));
  const any = fc.oneof(rowOf(piece, 5), version);
  await agree('semver.is_valid', generated(fc.tuple(fc.oneof(any, scalar)), 2_000));
  await agree('semver.compare', generated(fc.tuple(version, version), 2_000));
  await agree('semver.compare', generated(fc.tuple(any, version), 1_000));
});

test('paths in graphs', () => {
  const edges = fc.oneof(
    fc.array(oneOf('a b c d'), { maxLength: 3 }),
    fc.constantFrom<RegoValue>(null, 'a', 1),
  );
  const graph = mapOf({ a: edges, b: edges, c: edges, d: edges });
  const initial = fc.array(oneOf('a b c d x'), { maxLength: 3 });
  return agree('graph.reachable_paths', generated(fc.tuple(graph, initial), 2_000));
});

test('patches', () => {
  // OPA panics where an array mixes scalars and composite values, and where the whole is replaced and then changed.
  const numbers = fc.array(fc.constantFrom<RegoValue>(1, 2, 3), { maxLength: 4 });
  const document = mapOf({
    a: numbers,
    b: mapOf({ a: fc.constantFrom<RegoValue>(1, 'x', null), b: numbers }),
    c: numbers,
  });
  const path = rowOf(oneOf('/a /b /c /0 /1 /2 /- /01 /+1 /1.0 /~0 a'), 3).filter(
    (candidate) => candidate !== '',
  );
  const element = oneOf('/a/0 /a/1 /b/b/0 /c/0 /c/2 /b/a');
  const change = mapOf(
    { op: oneOf('add remove replace test x'), path, value: fc.constantFrom<RegoValue>(1, 2, 3, 'x') },
    ['op', 'path'],
  );
  const move = mapOf({ op: oneOf('move copy'), path, from: element }, ['op', 'path', 'from']);
  const hit = mapOf(
    { op: oneOf('add remove replace test'), path: element, value: fc.constantFrom<RegoValue>(1, 2) },
    ['op', 'path', 'value'],
  );
  const operations = fc.array(fc.oneof(change, move, hit, hit), { maxLength: 4 });
  return agree('json.patch', [
    [
      [1, 2, 3],
      [operation('remove', '/0'), operation('test', '/0', 1)],
    ],
    [
      [1, 2, 3],
      [operation('remove', '/0'), operation('test', '/0', 2)],
    ],
    [
      [1, 2, 3],
      [operation('remove', '/0'), operation('add', '/-', 4), operation('replace', '/1', 5)],
    ],
    [new Map([['a', 1]]), [operation('replace', '', 2)]],
    ...generated(fc.tuple(document, operations), 6_000),
  ]);
});

function operation(op: string, path: string, operand: RegoValue = null): RegoValue {
  return new Map<RegoValue, RegoValue>([
    ['op', op],
    ['path', path],
    ['value', operand],
  ]);
}

test('JSON with options', () => {
  const options = mapOf({
    pretty: fc.constantFrom<RegoValue>(true, true, false, 1),
    prefix: fc.constantFrom<RegoValue>('', '> ', 'é', 1),
    indent: fc.constantFrom<RegoValue>('', '  ', '\t', null),
  });
  return agree('json.marshal_with_options', [
    [1, new Map([['x', 1]])],
    ...generated(fc.tuple(fc.oneof(value, oneOf('< > & \u2028', ' ')), options), 3_000),
  ]);
});

const words = oneOf(
  '|y|Yes|no|on|OFF|true|True|null|~|<<|=|1|1.5|1e3|0x1F|0o17|0777|08|1_000|0b11|-0b11|+1|.5|.inf|-.INF|.NaN|2001-01-01|' +
    '2001-1-1|2001-01-01T00:00:00Z|2001-13-01|1:30|12:30:45.5|- a|-a|a: b|a:b|a #b|# a|@a|%a|!a|&a|{a|[a|?|? a|:|: a|---|...|' +
    'a\n|a\nb|\na|a\n\n|  a\nb|a \nb|a\n b|\n\n|\t|a\tb|a\tb\nc|\ufeffab|a\u0085b|😀|\u007f|\uffff|\u2028a|a\u2028b|a\nb\u2028',
  '|',
);

test('YAML that is written', () => {
  const long = fc.constantFrom(
    'x'.repeat(128),
    'x'.repeat(129),
    'é'.repeat(65),
    'x'.repeat(1_022),
    'x'.repeat(1_023),
  );
  const piece = fc.oneof(words, oneOf('a b z A 1 2 10 01 0 9 _ - . é ١'));
  const name = fc.oneof(rowOf(piece, 4), long);
  const leaf = fc.oneof(scalar, words, rowOf(piece, 4), someNumber);
  const inner = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), dictionaryOf(name, leaf));
  const outer = fc.oneof(leaf, fc.array(inner, { maxLength: 3 }), dictionaryOf(name, inner));
  return agree('yaml.marshal', generated(fc.tuple(outer), 5_000));
});

function dictionaryOf(name: fc.Arbitrary<string>, member: fc.Arbitrary<RegoValue>): fc.Arbitrary<RegoValue> {
  return fc.array(fc.tuple(name, member), { maxLength: 4 }).map((entries) => new Map(entries));
}

test('YAML that is read', async () => {
  // Without explicit keys: badly indented ones are read where OPA refuses them.
  const plain = oneOf(
    'a 1 1.5 0x1F 017 08 1_000 .5 1e3 1e400 .inf true yes null ~ 2001-01-01 "q" \'s\' "a\\tb\\u00e9" !!str;1 !!int;"1" !!float;1 ' +
      '!!int;a !!binary;aGk= !!timestamp;2001-01-01 !foo;x << a;b a:;b a;#c *x &x;1 - 18446744073709551616 %a a:b [] {} [a,;b] ' +
      '{a:;b} {a} [1 | > -0 12:30:45 [a,]',
  ).map((source) => source.replaceAll(';', ' '));
  const name = oneOf('a b 1 "1" 1.0 1.5 true null 2001-01-01 0x1 << 1e10 "<<" .inf 1e7 1234567.5');
  const mapping = fc
    .array(fc.tuple(name, plain), { minLength: 1, maxLength: 4 })
    .map((pairs) => pairs.map((pair) => pair.join(': ')).join('\n'));
  const line = fc
    .tuple(
      oneOf('||  |    | |\t', '|'),
      oneOf(
        'a: 1~b:~- x~- ~-~a: |~a: >~a: |-~a: >+~text~# c~---~...~a: &x 1~b: *x~- &x~- *x~<<: *x~[a,~b]~{a: 1,~b: 2}~- - a~' +
          '- a: 1~a: !!str~%YAML 1.1~%YAML 1.2~b: x # c~-\t~?\t~a:\t',
        '~',
      ),
    )
    .map((parts) => parts.join(''));
  const lines = fc.array(line, { maxLength: 5 }).map((all) => all.join('\n'));
  const rows = [
    ...generated(fc.tuple(mapping), 3_000),
    ...generated(fc.tuple(lines), 3_000),
    ...generated(fc.tuple(plain), 200),
  ];
  await agree('yaml.unmarshal', rows);
  await agree('yaml.is_valid', [[1], ...rows]);
});

test('what YAML was written is read as it was', () =>
  agree(
    'yaml.unmarshal',
    generated(
      fc.tuple(fc.oneof(text, someNumber.map(String)).map((source) => `a: ${JSON.stringify(source)}`)),
      1_000,
    ),
  ));

// Numbers stay exact on the way.
test('numbers in YAML', () =>
  agree(
    'yaml.marshal',
    ['1e400', '12345678901234567890', '-0', '-0.0', '1e21', '100000.0'].map((source) => [number(source)]),
  ));
