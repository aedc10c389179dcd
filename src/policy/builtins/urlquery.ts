import { ExactNumber, type RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compareStrings, sortedElements, typeName } from './compare.ts';
import { escapeUrl, UrlError, unescapeUrl } from './go-url.ts';
import { goJsonString } from './json-shape.ts';
import { numberText } from './numbers.ts';
import { operandError, stringOperand } from './operands.ts';

/** Go's limit on the parameters of one query (net/url, 2025). */
const MAX_PARAMETERS = 10_000;

/** Query strings as Go's net/url reads and writes them (v1/topdown/encoding.go). */
export const urlqueryBuiltins: readonly Builtin[] = [
  {
    name: 'urlquery.encode',
    effects: [],
    call: (_, text) => escapeUrl(stringOperand(text, 1), 'query'),
  },
  {
    name: 'urlquery.decode',
    effects: [],
    call: (_, text) => decode(stringOperand(text, 1)),
  },
  {
    name: 'urlquery.encode_object',
    effects: [],
    call: (_, object) => encodeObject(object),
  },
  {
    name: 'urlquery.decode_object',
    effects: [],
    call: (_, query) => decodeObject(stringOperand(query, 1)),
  },
];

function decode(text: string): string {
  try {
    return unescapeUrl(text, 'query');
  } catch (error) {
    if (error instanceof UrlError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}

/** Keys in byte order; a list gives its key once for each value. */
function encodeObject(object: RegoValue | undefined): string {
  if (!(object instanceof Map)) {
    throw operandError(1, `must be object but got ${object === undefined ? 'nothing' : typeName(object)}`);
  }
  return Array.from(object, ([key, value]) => [keyText(key), valueTexts(value)] as const)
    .sort(([left], [right]) => compareStrings(left, right))
    .flatMap(([key, values]) =>
      values.map((value) => `${escapeUrl(key, 'query')}=${escapeUrl(value, 'query')}`),
    )
    .join('&');
}

/** OPA turns the object into JSON first, where a key that is no string stands as its JSON text. */
function keyText(key: RegoValue): string {
  return typeof key === 'string' ? key : jsonText(key);
}

function jsonText(value: RegoValue): string {
  if (typeof value === 'number' || value instanceof ExactNumber) return numberText(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Set) return jsonText([...sortedElements(value)]);
  if (value instanceof Map) {
    const members = Array.from(value, ([key, member]) => [keyText(key), jsonText(member)] as const);
    members.sort(([left], [right]) => compareStrings(left, right));
    return `{${members.map(([key, member]) => `${jsonText(key)}:${member}`).join(',')}}`;
  }
  return typeof value === 'string' ? goJsonString(value) : String(value);
}

function valueTexts(value: RegoValue): string[] {
  const list: readonly RegoValue[] =
    value instanceof Set ? sortedElements(value) : Array.isArray(value) ? value : [value];
  return list.map((element) => {
    if (typeof element === 'string') return element;
    throw operandError(1, 'values must be string, array[string], or set[string]');
  });
}

function decodeObject(query: string): RegoValue {
  const pairs = query.split('&');
  if (pairs.length > MAX_PARAMETERS) {
    throw new BuiltinError('number of URL query parameters exceeded limit');
  }
  const object = new Map<string, RegoValue[]>();
  for (const pair of pairs) {
    if (pair === '') continue;
    if (pair.includes(';')) throw new BuiltinError('invalid semicolon separator in query');
    const equals = pair.indexOf('=');
    const key = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const values = object.get(key);
    if (values === undefined) object.set(key, [value]);
    else values.push(value);
  }
  return object;
}
