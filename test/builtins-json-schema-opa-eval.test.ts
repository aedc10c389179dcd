// needs: opa
import { test } from 'node:test';
import { compareValues } from '../src/policy/builtins/compare.ts';
import { parseJson } from '../src/policy/builtins/json-value.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, rowOf } from './support/generated.ts';
import { schemaRows } from './support/json-schemas.ts';
import { type AskOptions, agree, type Operands } from './support/opa-eval.ts';

/** JSON Schema of the host against the real OPA, which gives errors in any order, and here may fetch nothing. */
const OPTIONS: AskOptions = {
  allowNet: [],
  normal: (result) => {
    const [valid, errors] = result as [RegoValue, RegoValue];
    return [valid, Array.isArray(errors) ? errors.toSorted(compareValues) : errors];
  },
};

async function agreeOnSchemas(rows: readonly Operands[]): Promise<void> {
  await agree('json.match_schema', rows, OPTIONS);
  const schemas = rows.map((row) => [row[1]!]);
  await agree('json.verify_schema', schemas, OPTIONS);
}

test('generated schemas and documents', async () => {
  await agreeOnSchemas(schemaRows(1_500, true));
});

test('what is no schema, and what is no document', async () => {
  const texts = ['', '{', 'null', '1', '"x"', '[]', 'true', 'false', '{}', '{"a":1} x', '\ufeff{}'];
  const values: RegoValue[] = [...texts, null, 1, true, [], new Map()];
  await agreeOnSchemas(values.flatMap((schema) => values.map((document) => [document, schema])));
});

test('keywords with values that they do not take', async () => {
  const keywords =
    '$schema $id id $ref title description definitions type properties additionalProperties patternProperties propertyNames ' +
    'dependencies items additionalItems multipleOf minimum exclusiveMinimum maximum exclusiveMaximum minLength maxLength pattern format ' +
    'minProperties maxProperties required minItems maxItems uniqueItems contains const enum oneOf anyOf allOf not if then else';
  const values =
    'null true false 0 -1 -0 1 1.0 1.5 1e2 1e400 9223372036854775807 9223372036854775808 "" "x" "object" "(" "#" "%zz" "a:b" ":" [] ["a"] ["a","a"] ' +
    '[1] [1,1.0] [null] [{}] [true] ["null","null"] {} {"a":1} {"a":{}} {"a":null} {"a":["b"]} {"a":[1]} {"(":{}} {"a":true}';
  const companions = ['', ',"minimum":3,"maximum":3', ',"$schema":"http://json-schema.org/draft-04/schema#"'];
  const later = ',"$schema":"http://json-schema.org/draft-06/schema"';
  const rows = keywords.split(' ').flatMap((keyword) =>
    values
      .split(' ')
      // Where a schema is the whole of itself, OPA's process ends.
      .filter((value) => keyword !== '$ref' || !/^"(?:|#)"$/.test(value))
      .flatMap((value) =>
        [...companions, later].map((more) => ['{"a":3,"b":[]}', `{"${keyword}":${value}${more}}`]),
      ),
  );
  await agreeOnSchemas(rows);
});

test('limits as OPA writes them', async () => {
  const digits = rowOf(oneOf('0 1 2 5 9 10 999 000 123456789'), 5);
  const row = oneOf('minimum exclusiveMinimum maximum exclusiveMaximum multipleOf').chain((keyword) =>
    digits.chain((whole) =>
      digits.chain((fraction) =>
        oneOf(',e1,e-3,E+20,e-40,e300', ',').map((exponent) => {
          const limit = `${whole.replace(/^0+/, '') || '1'}${fraction === '' ? '' : `.${fraction}`}${exponent}`;
          return [`[0,-1,7.3,${limit},${limit}1]`, `{"items":{"${keyword}":${limit}}}`] as RegoValue[];
        }),
      ),
    ),
  );
  await agree('json.match_schema', generated(row, 800), OPTIONS);
});

test('formats', async () => {
  const rows = Object.entries({
    'email idn-email':
      'a b.c . .. @ < > ( ) , ; : [ ] [1.2.3.4] [::1] é x@y a@b.c "q" "" =?utf-8?q?a?= =?utf-8?q??= =?koi8-r?q?a?= =?utf-8?b?YQ==?= (c) <a@b> \u0001 \\',
    'uri uri-reference iri iri-reference uri-template':
      'http: // / a ? # % %20 %zz [ ] [::1] : 8 @ \\ { } é .. mailto: \u0001',
    'date time date-time': '2026 - 02 29 31 00 T t : 23:59 60 .5 Z z +01:00 -07:00 2024-02-29 12:30:00',
    hostname: `a B 9 - . _ é ${'x'.repeat(31)}`,
    'ipv4 ipv6': '1 0 255 256 . : :: f 01 1.2.3.4 %eth0 /8',
    'json-pointer relative-json-pointer': '/ ~ ~0 ~1 ~2 a # 0 1 01 -1 é',
    uuid: '1234abcd - 12ab 123456789abc g ABCD 123e4567-e89b-12d3-a456-426614174000',
    regex: 'a ( ) [ ] {2} * + ? \\d \\ | (?i) (?= \\pL \\1 [[:alpha:]] {1001}',
    'color x': 'a 1',
  }).map(([names, pieces]) => {
    const text = rowOf(oneOf(pieces), 6);
    const row = oneOf(names).chain((format) =>
      text.map((value) => [JSON.stringify(value), `{"format":"${format}"}`] as RegoValue[]),
    );
    return generated(row, 300);
  });
  await agree('json.match_schema', rows.flat(), OPTIONS);
});

test('references', async () => {
  const base = oneOf(', # a b/ ../ /c //h/ http://x/ http://x/y/z ./ ?q tag:x', ' ').map((text) =>
    text.replace(',', ''),
  );
  const path = oneOf(', d e.json ../f . .. ./g:h x:y', ' ').map((text) => text.replace(',', ''));
  const fragment = oneOf(
    ', # #/definitions/a #a #/definitions/a/items/0 #/definitions/a/items/+1 #/definitions/a/items/-1 #/definitions/a/items/9 ' +
      '#/definitions/a/items/x #/definitions/%61 #/nope #/type/0 #/definitions/a/minimum #/definitions/~01 #/definitions/c~1d #/%zz',
    ' ',
  ).map((text) => text.replace(',', ''));
  const metaschema = oneOf('4 6 7 5').chain((draft) =>
    oneOf(', # #/definitions/simpleTypes #/properties/type #/nope #x', ' ').map(
      (end) => `http://json-schema.org/draft-0${draft}/schema${end.replace(',', '')}`,
    ),
  );
  const reference = oneOf('0 1 2').chain((kind) =>
    kind === '0'
      ? metaschema
      : base.chain((b) => path.chain((p) => fragment.map((f) => `${kind === '1' ? b : ''}${p}${f}`))),
  );
  const definitions =
    '"a":{"type":"object","items":[{"type":"string"},{"minimum":3}],"minimum":1},"~1":{"type":"null"},"c/d":{"type":"array"}';
  const row = reference.chain((target) =>
    reference.chain((id) =>
      oneOf(' ,"$id":_ ,"id":_ ,"$schema":_', ' ').map((other) => {
        const more = other.replace('_', JSON.stringify(id));
        const schema = `{"definitions":{${definitions}},"properties":{"p":{"$ref":${JSON.stringify(target)}}}${more}}`;
        return ['{"p":{"type":"x","minLength":-1,"p":1}}', schema] as RegoValue[];
      }),
    ),
  );
  await agreeOnSchemas([
    ...generated(row, 1_200),
    ...TABLE.map(([document, schema]) => [document, parseJson(schema)] satisfies Operands),
  ]);
});

/** Documents and schemas that generated ones do not come to. */
const TABLE: readonly (readonly [string, string])[] = [
  // Beside a reference that was met before, keywords must be right; beside the first they are not read.
  [
    '{"a":1}',
    '{"definitions":{"x":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/x","type":"nothing"}}}',
  ],
  [
    '{"a":1}',
    '{"definitions":{"x":{"type":"string"},"y":{"$ref":"#/definitions/x"}},"properties":{"a":{"$ref":"#/definitions/x","type":"nothing"}}}',
  ],
  ['{"a":{"a":{"a":1}}}', '{"type":"object","properties":{"a":{"$ref":"#"}}}'],
  [
    '1',
    '{"$schema":"http://json-schema.org/draft-04/schema","$ref":"http://json-schema.org/draft-06/schema#"}',
  ],
  ['{"type":"x"}', '{"$ref":"https://json-schema.org/draft/2020-12/schema"}'],
  // A reference whose absolute form is no URL is the whole schema.
  ['{"p":1}', '{"properties":{"p":{"$ref":"%2f%2f<"}}}'],
  ['{"p":1}', '{"properties":{"p":{"$ref":"%aé"}}}'],
  ['1', '{"$id":"a","definitions":{"a":{"$id":"a"}}}'],
  ['1', '{"definitions":{"const":{"$ref":"#/nope"},"enum":{"$id":"x"}}}'],
  ['[1,1.0,1e0,"1"]', '{"uniqueItems":true}'],
  ['[-0,0,0.0]', '{"uniqueItems":true,"items":{"const":0}}'],
  ['{"b":1,"a":"<&>"}', '{"const":{"a":"<&>","b":1.00}}'],
  ['{"b":1,"a":"<&>"}', '{"enum":[{"a":"<&>","b":2e0},null,1e-7,1e21,123456789012345678901234567890]}'],
  ['{"x.y":[{"é":1}]}', '{"properties":{"x.y":{"items":{"properties":{"é":{"type":"null"}}}}}}'],
];
