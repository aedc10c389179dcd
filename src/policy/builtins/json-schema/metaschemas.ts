/**
 * The metaschemas of json-schema.org for drafts 4, 6 and 7, as OPA 1.22.2 has them (internal/gojsonschema/draft.go): what a
 * `$ref` to them gives, and any part of them that a JSON pointer names.
 */
export interface Metaschema {
  readonly draft: number;
  readonly content: Readonly<Record<string, unknown>>;
}

const root = { $ref: '#' };
const schemaArray = { $ref: '#/definitions/schemaArray' };
const stringArray = { $ref: '#/definitions/stringArray' };
const simpleTypes = { $ref: '#/definitions/simpleTypes' };
const string = { type: 'string' };
const number = { type: 'number' };
const regex = { type: 'string', format: 'regex' };
const uri = { type: 'string', format: 'uri' };
const uriReference = { type: 'string', format: 'uri-reference' };
const falseByDefault = { type: 'boolean', default: false };
const namedSchemas = { type: 'object', additionalProperties: root, default: {} };
const schemaOrFlag = { anyOf: [{ type: 'boolean' }, root], default: {} };

const allTypes = {
  enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'],
};

/** Keywords that are the same in each draft; `count` names the definition of a size. */
function commonKeywords(count: string): Record<string, unknown> {
  const size = { $ref: `#/definitions/${count}` };
  const sizeOrZero = { $ref: `#/definitions/${count}Default0` };
  return {
    $schema: uri,
    title: string,
    description: string,
    default: {},
    maximum: number,
    minimum: number,
    maxLength: size,
    minLength: sizeOrZero,
    pattern: regex,
    items: { anyOf: [root, schemaArray], default: {} },
    maxItems: size,
    minItems: sizeOrZero,
    uniqueItems: falseByDefault,
    maxProperties: size,
    minProperties: sizeOrZero,
    required: stringArray,
    definitions: namedSchemas,
    properties: namedSchemas,
    patternProperties: namedSchemas,
    dependencies: { type: 'object', additionalProperties: { anyOf: [root, stringArray] } },
    enum: { type: 'array', minItems: 1, uniqueItems: true },
    type: {
      anyOf: [simpleTypes, { type: 'array', items: simpleTypes, minItems: 1, uniqueItems: true }],
    },
    format: string,
    allOf: schemaArray,
    anyOf: schemaArray,
    oneOf: schemaArray,
    not: root,
  };
}

function definitions(count: string, strings: Record<string, unknown>): Record<string, unknown> {
  return {
    schemaArray: { type: 'array', minItems: 1, items: root },
    [count]: { type: 'integer', minimum: 0 },
    [`${count}Default0`]: { allOf: [{ $ref: `#/definitions/${count}` }, { default: 0 }] },
    simpleTypes: allTypes,
    stringArray: { type: 'array', items: string, uniqueItems: true, ...strings },
  };
}

const DRAFT_4 = {
  id: 'http://json-schema.org/draft-04/schema#',
  $schema: 'http://json-schema.org/draft-04/schema#',
  description: 'Core schema meta-schema',
  definitions: definitions('positiveInteger', { minItems: 1 }),
  type: 'object',
  properties: {
    ...commonKeywords('positiveInteger'),
    id: string,
    $schema: string,
    multipleOf: { type: 'number', minimum: 0, exclusiveMinimum: true },
    exclusiveMaximum: falseByDefault,
    exclusiveMinimum: falseByDefault,
    additionalItems: schemaOrFlag,
    additionalProperties: schemaOrFlag,
  },
  dependencies: { exclusiveMaximum: ['maximum'], exclusiveMinimum: ['minimum'] },
  default: {},
};

const SINCE_6 = {
  title: 'Core schema meta-schema',
  definitions: definitions('nonNegativeInteger', { default: [] }),
  type: ['object', 'boolean'],
};

const KEYWORDS_6 = {
  ...commonKeywords('nonNegativeInteger'),
  $id: uriReference,
  $ref: uriReference,
  examples: { type: 'array', items: {} },
  multipleOf: { type: 'number', exclusiveMinimum: 0 },
  exclusiveMaximum: number,
  exclusiveMinimum: number,
  additionalItems: root,
  contains: root,
  additionalProperties: root,
  propertyNames: root,
  const: {},
};

const DRAFT_6 = {
  $schema: 'http://json-schema.org/draft-06/schema#',
  $id: 'http://json-schema.org/draft-06/schema#',
  ...SINCE_6,
  properties: KEYWORDS_6,
  default: {},
};

const DRAFT_7 = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'http://json-schema.org/draft-07/schema#',
  ...SINCE_6,
  properties: {
    ...KEYWORDS_6,
    $comment: string,
    default: true,
    readOnly: falseByDefault,
    examples: { type: 'array', items: true },
    items: { anyOf: [root, schemaArray], default: true },
    patternProperties: { ...namedSchemas, propertyNames: { format: 'regex' } },
    const: true,
    enum: { type: 'array', items: true, minItems: 1, uniqueItems: true },
    contentMediaType: string,
    contentEncoding: string,
    if: root,
    // oxlint-disable-next-line unicorn/no-thenable
    then: root,
    else: root,
  },
  default: true,
};

/** By their URLs, without fragment. */
export const METASCHEMAS: ReadonlyMap<string, Metaschema> = new Map([
  ['http://json-schema.org/draft-04/schema', { draft: 4, content: DRAFT_4 }],
  ['http://json-schema.org/draft-06/schema', { draft: 6, content: DRAFT_6 }],
  ['http://json-schema.org/draft-07/schema', { draft: 7, content: DRAFT_7 }],
]);
