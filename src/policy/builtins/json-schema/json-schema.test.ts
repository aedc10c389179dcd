import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../../test/support/builtin-context.ts';
import { ExactNumber, type RegoValue } from '../../value.ts';
import { parseJson } from '../json-value.ts';
import { decimalOf, floatText, isInteger, isMultiple } from './exact-number.ts';
import { METASCHEMAS } from './metaschemas.ts';

function match(document: RegoValue, schema: RegoValue): ReturnType<typeof outcomeOf> {
  return outcomeOf('json.match_schema', [document, schema]);
}

function verify(schema: RegoValue): ReturnType<typeof outcomeOf> {
  return outcomeOf('json.verify_schema', [schema]);
}

/** Field, type and description of each error. */
function errors(document: string, schema: string): string[] {
  const [valid, found] = match(document, schema) as [boolean, Map<string, string>[]];
  assert.equal(valid, found.length === 0);
  return found.map((error) => {
    assert.equal(error.get('error'), `${error.get('field')}: ${error.get('desc')}`);
    return `${error.get('type')} ${error.get('error')}`;
  });
}

test('what does not match is told with field, type and text', () => {
  const table: readonly [document: string, schema: string, expected: string[]][] = [
    ['{"id":5}', '{"properties":{"id":{"type":"integer"}},"required":["id"]}', []],
    ['5', 'false', ['false (Root): False always fails validation']],
    [
      '"x"',
      '{"type":["null","array"]}',
      ['invalid_type (Root): Invalid type. Expected: [null,array], given: string'],
    ],
    [
      '{"a":[1,{}]}',
      '{"properties":{"a":{"items":{"type":"integer"}}}}',
      ['invalid_type a.1: Invalid type. Expected: integer, given: object'],
    ],
    ['{}', '{"required":["b","a"]}', ['required (Root): b is required', 'required (Root): a is required']],
    ['7', '{"maximum":1000000,"multipleOf":0.3}', ['multiple_of (Root): Must be a multiple of 0.3']],
    ['1e7', '{"maximum":1000000}', ['number_lte (Root): Must be less than or equal to 1e+06']],
    [
      '"é"',
      '{"minLength":2,"pattern":"^a"}',
      [
        'string_gte (Root): String length must be greater than or equal to 2',
        "pattern (Root): Does not match pattern '^a'",
      ],
    ],
    ['2', '{"enum":[1.0,"<"]}', ['enum (Root): (Root) must be one of the following: 1, "\\u003c"']],
    ['[1,1.0]', '{"uniqueItems":true}', ['unique (Root): array items[0,1] must be unique']],
    // Of alternatives that all fail, the errors of the one that fits best are told.
    [
      '{"a":1,"b":"x"}',
      '{"anyOf":[{"required":["c","d"]},{"required":["a"],"properties":{"b":{"type":"null"}}}]}',
      [
        'number_any_of (Root): Must validate at least one schema (anyOf)',
        'invalid_type b: Invalid type. Expected: null, given: string',
      ],
    ],
    [
      '{"a":1}',
      '{"oneOf":[{},{"type":"object"}]}',
      ['number_one_of (Root): Must validate one and only one schema (oneOf)'],
    ],
    [
      '{"a":1}',
      '{"additionalProperties":false,"propertyNames":{"minLength":2}}',
      [
        'additional_property_not_allowed (Root): Additional property a is not allowed',
        'invalid_property_name (Root): Property name of "a" does not match',
        'string_gte (Root): String length must be greater than or equal to 2',
      ],
    ],
  ];
  for (const [document, schema, expected] of table)
    assert.deepEqual(errors(document, schema), expected, schema);
});

test('equal arguments give equal results, however their members are ordered', () => {
  const schema = '{"properties":{"b":{"type":"null"},"a":{"type":"null"}},"additionalProperties":false}';
  const expected = errors('{"a":1,"b":1,"c":1}', schema);
  assert.equal(expected.length, 3);
  assert.deepEqual(errors('{"c":1,"b":1,"a":1}', schema), expected);
  const turned = '{"additionalProperties":false,"properties":{"a":{"type":"null"},"b":{"type":"null"}}}';
  assert.deepEqual(errors('{"c":1,"b":1,"a":1}', turned), expected);
});

test('schemas that are none', () => {
  const table: readonly [schema: RegoValue, message: string][] = [
    ['{', 'invalid JSON string'],
    [1, 'wrong type, expected string or object'],
    [[], 'schema is invalid'],
    [
      '{"type":"x"}',
      'has a primitive type that is NOT VALID -- given: /x/ Expected valid values are:[array boolean integer number null object string]',
    ],
    ['{"$ref":"http://example.com/x#/y"}', 'remote reference loading disabled: http://example.com/x'],
    ['{"$ref":"file:///etc/hosts"}', 'remote reference loading disabled: file:///etc/hosts'],
    ['{"$ref":"other.json"}', 'Reference /other.json must be canonical'],
    ['{"$ref":"#/definitions/a"}', "Object has no key 'definitions'"],
    ['{"pattern":"(?=a)"}', 'pattern must be a valid regex'],
    [
      '{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":2}',
      'Invalid type. Expected: boolean, given: exclusiveMinimum',
    ],
  ];
  for (const [schema, message] of table) {
    assert.deepEqual(verify(schema), [false, `jsonschema: ${message}`]);
    assert.deepEqual(match('1', schema), { error: message, halt: false });
  }
  assert.deepEqual(verify('{"exclusiveMinimum":2}'), [true, null]);
});

test('the metaschemas accept themselves and each other, as far as their drafts agree', () => {
  const urls = [...METASCHEMAS.keys()];
  assert.equal(urls.length, 3);
  for (const [url, { content }] of METASCHEMAS) {
    const [valid, found] = match(JSON.stringify(content), `{"$ref":"${url}#"}`) as [boolean, RegoValue[]];
    assert.ok(valid, `${url}: ${found.length} errors`);
  }
  assert.deepEqual(errors('{"minLength":-1}', `{"$ref":"${urls[1]}"}`).length > 0, true);
});

test('numbers are exact', () => {
  const exact = (text: string): ExactNumber => new ExactNumber(text);
  const texts: readonly [string, string][] = [
    ['0.1', '0.1'],
    ['999999', '999999'],
    ['1000000', '1e+06'],
    ['-1234567', '-1.234567e+06'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['123456789012345678901234567890', '1.2345678901234567890123456789e+29'],
    ['0.0', '0'],
    ['1e300', '1e+300'],
  ];
  for (const [written, shown] of texts) assert.equal(floatText(exact(written)), shown);
  assert.ok(isInteger(exact('1.50e1')));
  assert.ok(!isInteger(exact('1.50e0')));
  assert.ok(!isInteger(exact('1e1000001')), 'beyond what Go reads');
  assert.ok(isMultiple(exact('0.3'), decimalOf(0.1)));
  assert.ok(isMultiple(exact('1e30000'), decimalOf(exact('1e-3'))));
  assert.ok(!isMultiple(exact('1e30000'), decimalOf(7)));
});

test('what would end the process of OPA fails the evaluation', () => {
  const table: readonly [document: string, schema: string][] = [
    ['1', '{"$ref":"#"}'],
    ['1', '{"allOf":[{"$ref":"#"}]}'],
    ['1e400', '{"const":1}'],
    ['[1e400]', '{"uniqueItems":true}'],
  ];
  for (const [document, schema] of table) {
    const outcome = match(document, schema);
    assert.ok(typeof outcome === 'object' && outcome !== null && 'halt' in outcome && outcome.halt, schema);
  }
});

test('work is bounded', () => {
  const nested = (levels: number, open: string, inner: string, close: string): string =>
    open.repeat(levels) + inner + close.repeat(levels);
  const branch = '{"allOf":[{"$ref":"#"},{"type":"string"}]}';
  const many = (count: number, one: (i: number) => unknown): unknown[] =>
    Array.from({ length: count }, (_, i) => one(i));
  const table: readonly [name: string, limit: RegExp, document: string, schema: string][] = [
    [
      'branches that double at each level',
      /steps/,
      nested(40, '[', '1', ']'),
      `{"type":"array","items":{"anyOf":[${branch},${branch}]}}`,
    ],
    [
      'references one after the other',
      /1000 levels/,
      '1',
      JSON.stringify({
        definitions: Object.fromEntries(
          many(1_100, (i) => [`d${i}`, { items: { $ref: `#/definitions/d${i + 1}` } }]) as [
            string,
            unknown,
          ][],
        ),
      }),
    ],
    [
      'long errors',
      /16777216 characters/,
      JSON.stringify(many(20_000, () => 1)),
      JSON.stringify({ items: { enum: ['x'.repeat(1_000)] } }),
    ],
    [
      'long patterns',
      /steps|longer/,
      '1',
      JSON.stringify({ allOf: many(60, (i) => ({ pattern: `${'ab[^x]*'.repeat(3_000)}${i}` })) }),
    ],
    [
      'patterns on long texts',
      /too much work/,
      JSON.stringify('a'.repeat(600_000)),
      JSON.stringify({ allOf: many(50, (i) => ({ pattern: `(a|b)+c{${i + 1}}` })) }),
    ],
    [
      'the same values compared at each level',
      /steps/,
      nested(900, '[', JSON.stringify('y'.repeat(100_000)), ']'),
      '{"uniqueItems":true,"items":{"$ref":"#"}}',
    ],
    ['long numbers', /30103 digits/, '1', `{"multipleOf":1.${'7'.repeat(30_200)}}`],
  ];
  for (const [name, limit, document, schema] of table) {
    const outcome = match(document, schema);
    assert.ok(typeof outcome === 'object' && outcome !== null && 'error' in outcome, name);
    assert.match(outcome.error, limit, name);
    assert.equal(outcome.halt, false, name);
  }
});

test('a schema that was met before gives the same results', () => {
  const schema = '{"properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"type":"null"}}}';
  const expected = match('{"a":1}', schema);
  assert.deepEqual(match('{"a":1}', schema), expected);
  assert.deepEqual(match('{"a":1}', parseJson(schema)), expected);
  assert.deepEqual(match('{"a":null}', schema), [true, []]);
  const last = match('{"a":1}', parseJson(schema));
  assert.deepEqual(last, expected);
});

test('operands may be values or the texts that hold them', () => {
  const schema = '{"properties":{"1":{"type":"string"}},"minProperties":2}';
  const document = new Map<RegoValue, RegoValue>([
    [1, 'x'],
    ['set', new Set([1, 2])],
  ]);
  assert.deepEqual(match(document, parseJson(schema)), [true, []]);
  assert.deepEqual(match(new Set([1]), schema), {
    error: 'wrong type, expected string or object',
    halt: false,
  });
});
