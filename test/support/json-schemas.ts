import * as fc from 'fast-check';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { generated, oneOf } from './generated.ts';
import type { Operands } from './opa-eval.ts';

/** Generated JSON schemas and documents for them, as JSON texts, so that numbers stay as they are written. */

type Text = fc.Arbitrary<string>;

const NAMES = 'a b c é $ref id';
const name: Text = oneOf(NAMES);

function json(value: unknown): string {
  return JSON.stringify(value);
}

/** An object with some of the members; a member's text stays what it is. */
function some(members: Readonly<Record<string, Text>>, most: number = 4): Text {
  const entries = Object.entries(members);
  return fc
    .uniqueArray(fc.nat(entries.length - 1), { maxLength: most })
    .chain((picked) =>
      fc.tuple(...picked.map((i) => entries[i]![1].map((text) => `${json(entries[i]![0])}:${text}`))),
    )
    .map((texts) => `{${texts.join()}}`);
}

function listOf(item: Text, maxLength: number = 3): Text {
  return fc.array(item, { maxLength }).map((items) => `[${items.join()}]`);
}

function named(value: Text, maxKeys: number = 3): Text {
  return fc.dictionary(name, value, { maxKeys }).map(
    (members) =>
      `{${Object.entries(members)
        .map(([key, text]) => `${json(key)}:${text}`)
        .join()}}`,
  );
}

const numberText: Text = fc.oneof(
  fc.integer({ min: -5, max: 20 }).map(String),
  oneOf(
    '0.0 -0 1.0 2.50 1e2 1E+3 1.5e-7 0.1 0.3 100000 999999 1000000 1234567.5 12345678901234567890 1e21 1e300 0.00001',
  ),
  oneOf(
    '0.12345678901234567890123 123456789012345678901234567890.5 18446744073709551615 36893488147419103231 1e-300 3.33',
  ),
);

const stringText: Text = fc
  .oneof(
    oneOf(
      '|a|ab|abc|éé|日本語|😀|<b>&|1|10.0.0.1|::1|::ffff:1.2.3.4|a@b|A <a@b.c>|2026-01-02|12:30:00Z|/a/~1b|0#',
      '|',
    ),
    oneOf('2026-01-02T03:04:05.6+01:00|http://x/y?z#w|//x|mailto:a|{x}|http://x/{a|(|[a-z|%zz|a.b-c|-a', '|'),
    fc.constant('123e4567-e89b-12d3-a456-426614174000'),
  )
  .map(json);

const scalar: Text = fc.oneof(numberText, stringText, oneOf('true false null'));

/** Documents, some levels deep. */
const documentText: Text = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'document' },
    scalar,
    listOf(tie('node'), 4),
    named(tie('node'), 4),
    named(tie('node'), 4),
  ),
})).node;

const types = 'array boolean integer number null object string';
const typeText: Text = fc.oneof(
  oneOf(types).map(json),
  oneOf(types).map(json),
  fc.uniqueArray(oneOf(types), { maxLength: 3 }).map(json),
);
const least: Text = oneOf('0 -0 1 1 2');
const most: Text = oneOf('2 2 3 4 9223372036854775807');
const pattern = oneOf('^a|b$|[a-c]+|^.{2}$|\\pL|^$|é', '|');
const formats =
  'date time date-time hostname email idn-email ipv4 ipv6 uri uri-reference iri uri-template uuid regex json-pointer relative-json-pointer x';

/** What OPA refuses in place of a keyword's value. */
const wrong: Text = oneOf(
  'null|true|-1|1.5|"x"|[]|["a","a"]|{}|[1]|[null]|"("|1e2|0|{"a":1}|1e400|"%zz"',
  '|',
);

interface SchemaOptions {
  /** As in the metaschema's URL; empty for none. */
  readonly draft: string;
  /** References that may stand here. They never lead in a circle: OPA's process would end. */
  readonly references?: readonly string[];
  /** References that may stand where a keyword has gone into the document. */
  readonly deeper?: readonly string[];
  /** Whether one keyword may have a value that OPA refuses: of several such ones it tells any. */
  readonly faults?: boolean;
}

function schemaText(
  levels: number,
  { draft, references = [], deeper = [], faults = false }: SchemaOptions,
): Text {
  const flat = {
    type: typeText,
    minimum: numberText,
    maximum: numberText,
    ...(draft === '04' ? {} : { exclusiveMinimum: numberText, exclusiveMaximum: numberText }),
    multipleOf: numberText.filter((text) => Number(text) > 0),
    minLength: least,
    maxLength: most,
    pattern: pattern.map(json),
    format: oneOf(formats).map(json),
    minItems: least,
    maxItems: most,
    uniqueItems: oneOf('true true false'),
    minProperties: least,
    maxProperties: most,
    required: fc.uniqueArray(name, { maxLength: 3 }).map(json),
    const: scalar,
    enum: fc
      .uniqueArray(scalar, { maxLength: 4, selector: (text) => String(JSON.parse(text)) })
      .map((items) => `[${items.join()}]`),
    title: stringText,
  };
  const own: Text[] =
    references.length === 0 ? [] : [oneOf(references.join(' ')).map((ref) => `{"$ref":${json(ref)}}`)];
  if (levels === 0) return fc.oneof(some(flat), some(flat), oneOf('true false {}'), ...own);
  const here = schemaText(levels - 1, { draft, references, deeper });
  const inner = schemaText(levels - 1, { draft, references: deeper, deeper });
  const all: Record<string, Text> = {
    ...flat,
    properties: named(inner, 4),
    additionalProperties: fc.oneof(oneOf('false true'), inner),
    patternProperties: fc.dictionary(pattern, inner, { maxKeys: 2 }).map(
      (members) =>
        `{${Object.entries(members)
          .map(([key, text]) => `${json(key)}:${text}`)
          .join()}}`,
    ),
    propertyNames: here,
    dependencies: named(fc.oneof(fc.uniqueArray(name, { maxLength: 2 }).map(json), here)),
    items: fc.oneof(inner, listOf(inner)),
    additionalItems: fc.oneof(oneOf('false true'), inner),
    contains: inner,
    oneOf: listOf(here),
    anyOf: listOf(here),
    allOf: listOf(here),
    not: here,
    if: here,
    // oxlint-disable-next-line unicorn/no-thenable
    then: here,
    else: here,
  };
  const keywords = some(all, 5);
  const sound = fc.oneof(
    { weight: 8, arbitrary: keywords },
    ...own.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
  if (!faults) return sound;
  const spoiled = fc
    .tuple(
      keywords,
      fc.constantFrom(...Object.keys(all), '$ref', '$id', 'id', '$schema', 'definitions', 'description'),
      wrong,
    )
    .map(([text, keyword, value]) =>
      text.replace(/\}$/, `${text === '{}' ? '' : ','}${json(keyword)}:${value}}`),
    );
  return fc.oneof({ weight: 5, arbitrary: sound }, { weight: 1, arbitrary: spoiled });
}

const IDENTIFIERS = [
  '',
  '',
  '"$id":"http://x.y/z/root.json",',
  '"id":"http://x.y/z/root.json",',
  '"$id":"tag:x",',
];
const LOCAL = [
  '#/definitions/a',
  '#/definitions/b',
  '#/definitions/c~1d',
  '#named',
  'http://json-schema.org/draft-07/schema#/definitions/simpleTypes',
];

/** Whole schemas; some have definitions and references to them, some have faults if they may. */
function wholeSchemaText(faults: boolean): Text {
  return fc
    .constantFrom('', '04', '06', '07', '07#')
    .chain((draft) =>
      fc.oneof(schemaText(2, { draft: '', deeper: ['#'], faults }), withDefinitions(draft, faults)),
    );
}

function withDefinitions(draft: string, faults: boolean): Text {
  const deeper = [...LOCAL, '#'];
  const definition = schemaText(1, { draft, deeper }).filter((text) => text.startsWith('{'));
  const definitions = fc
    .tuple(definition, definition, definition, definition)
    .map(
      ([a, b, c, named]) =>
        `"definitions":{"a":${a},"b":${b},"c/d":${c},"n":${added('"$id":"#named"', named)}}`,
    );
  const [digits, end = ''] = draft.split(/(?=#)/);
  const version = draft === '' ? '' : `"$schema":"http://json-schema.org/draft-${digits}/schema${end}",`;
  return fc
    .tuple(
      fc.constantFrom(...IDENTIFIERS),
      definitions,
      schemaText(2, { draft, references: LOCAL, deeper, faults }),
    )
    .map(([id, members, schema]) => {
      // A fault may have taken the definitions away; a name that nothing has is the whole schema, which would be a circle.
      if (schema.includes('"definitions":')) return schema.replaceAll('#named', '#/x');
      return added(`${version}${id}${members}`, schema);
    });
}

/** The object with more members at its beginning. */
function added(members: string, object: string): string {
  if (!object.startsWith('{')) return object;
  return object === '{}' ? `{${members}}` : `{${members},${object.slice(1)}`;
}

/** Documents and schemas as operands: as values, or as the texts that hold them. */
export function schemaRows(count: number, faults: boolean): Operands[] {
  const operands = fc.tuple(documentText, wholeSchemaText(faults), fc.boolean(), fc.boolean());
  return generated(operands, count).map((row) => {
    const [document, schema, valueOfDocument, valueOfSchema] = row as [string, string, boolean, boolean];
    return [asOperand(document, valueOfDocument), asOperand(schema, valueOfSchema)];
  });
}

/** Only objects and arrays may be given as values. */
function asOperand(text: string, asValue: boolean): Operands[number] {
  return asValue && /^[[{]/.test(text) ? parseJson(text) : text;
}
