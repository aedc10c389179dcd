import { compareStrings } from './compare.ts';
import { sprintf, sprintValue } from './go-format.ts';
import { isPrintable } from './go-quote.ts';
import { TemplateError } from './go-template-error.ts';
import { escapeUrl } from './go-url.ts';
import { type GoValue, goTypeName } from './go-value.ts';

/** A value, or nothing where a key is missing. */
export type Argument = GoValue | undefined;

interface TemplateFunction {
  readonly min: number;
  readonly max: number;
  readonly call: (...values: Argument[]) => Argument;
}

const MANY = Infinity;

/** The functions of Go's text/template (funcs.go). `call` needs functions as values, which no Rego value is. */
const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries<TemplateFunction>({
    and: { min: 1, max: MANY, call: (...values) => values.at(-1) },
    or: { min: 1, max: MANY, call: (...values) => values.at(-1) },
    not: { min: 1, max: 1, call: (value) => bool(!isTruthy(value)) },
    len: { min: 1, max: 1, call: length },
    index: { min: 1, max: MANY, call: index },
    slice: { min: 1, max: 4, call: slice },
    call: { min: 1, max: MANY, call: () => fail('call of a value that is no function') },
    print: { min: 0, max: MANY, call: (...values) => text(sprint(values)) },
    println: { min: 0, max: MANY, call: (...values) => text(`${values.map(shown).join(' ')}\n`) },
    printf: { min: 1, max: MANY, call: printf },
    html: { min: 0, max: MANY, call: (...values) => text(escapeHtml(escapable(values))) },
    js: { min: 0, max: MANY, call: (...values) => text(escapeJs(escapable(values))) },
    urlquery: { min: 0, max: MANY, call: (...values) => text(escapeUrl(escapable(values), 'query')) },
    eq: { min: 1, max: MANY, call: equalToAny },
    ne: { min: 2, max: 2, call: (left, right) => bool(!isEqual(left, right)) },
    lt: { min: 2, max: 2, call: (left, right) => bool(isLess(left, right)) },
    le: { min: 2, max: 2, call: (left, right) => bool(isLess(left, right) || isEqual(left, right)) },
    gt: { min: 2, max: 2, call: (left, right) => bool(!isLess(left, right) && !isEqual(left, right)) },
    ge: { min: 2, max: 2, call: (left, right) => bool(!isLess(left, right)) },
  }),
);

export const TEMPLATE_FUNCTIONS: ReadonlySet<string> = new Set(FUNCTIONS.keys());

export function callFunction(name: string, values: readonly Argument[]): Argument {
  const { min, max, call } = FUNCTIONS.get(name)!;
  if (values.length < min || values.length > max) return fail(`wrong number of args for ${name}`);
  return call(...values);
}

/** Whether `and` or `or` needs no further argument after this one. */
export function stopsEarly(name: string, value: Argument): boolean {
  return (name === 'and' && !isTruthy(value)) || (name === 'or' && isTruthy(value));
}

export function isTruthy(value: Argument): boolean {
  if (value === undefined) return false;
  switch (value.kind) {
    case 'nil':
      return false;
    case 'bool':
      return value.value;
    case 'int':
    case 'big':
      return value.value !== 0n;
    case 'float':
      return value.value !== 0;
    case 'string':
      return value.value !== '';
    case 'slice':
      return value.value.length > 0;
    case 'map':
    default:
      return value.value.size > 0;
  }
}

/** What `{{.}}` writes. */
export function printed(value: Argument): string {
  return value === undefined ? '<no value>' : sprintValue(value);
}

/** What a missing or null value is to the functions that format. */
function shown(value: Argument): string {
  return sprintValue(value ?? { kind: 'nil' });
}

/** fmt.Sprint: a space between two operands when neither is a string. */
function sprint(values: readonly Argument[]): string {
  return values.reduce<string>((out, value, i) => {
    const apart = i > 0 && value?.kind !== 'string' && values[i - 1]?.kind !== 'string';
    return out + (apart ? ' ' : '') + shown(value);
  }, '');
}

function printf(format: Argument, ...values: Argument[]): Argument {
  if (format?.kind !== 'string' || format.type !== 'string')
    return fail('wrong type for value; expected string');
  return text(
    sprintf(
      format.value,
      values.map((value) => value ?? { kind: 'nil' }),
    ),
  );
}

function length(value: Argument): Argument {
  if (value?.kind === 'string') return int(Buffer.byteLength(value.value));
  if (value?.kind === 'slice') return int(value.value.length);
  if (value?.kind === 'map') return int(value.value.size);
  return fail('len of a value without length');
}

function index(item: Argument, ...keys: Argument[]): Argument {
  if (item === undefined || item.kind === 'nil') return fail('index of untyped nil');
  return keys.reduce<Argument>(at, item);
}

function at(item: Argument, key: Argument): Argument {
  if (item?.kind === 'map') {
    if (key?.kind !== 'string' || key.type !== 'string') return fail('value is no string');
    return item.value.get(key.value) ?? { kind: 'nil' };
  }
  if (item?.kind === 'slice') return item.value[position(key, item.value.length - 1)];
  if (item?.kind === 'string') {
    const bytes = Buffer.from(item.value);
    return { kind: 'int', type: 'uint8', value: BigInt(bytes[position(key, bytes.length - 1)]!) };
  }
  return fail("can't index item");
}

function slice(item: Argument, ...bounds: Argument[]): Argument {
  if (item?.kind !== 'string' && item?.kind !== 'slice') return fail("can't slice item");
  const bytes = item.kind === 'string' ? Buffer.from(item.value) : undefined;
  const size = bytes?.length ?? item.value.length;
  const [from = 0, to = size, cap] = bounds.map((bound) => position(bound, size));
  if (from > to || (cap !== undefined && (bytes !== undefined || to > cap)))
    return fail('invalid slice index');
  if (bytes !== undefined) return text(bytes.toString('utf8', from, to));
  return { kind: 'slice', value: (item.value as readonly GoValue[]).slice(from, to) };
}

function position(key: Argument, max: number): number {
  if (key?.kind !== 'int') return fail('cannot index with a value that is no int');
  if (key.value < 0n || key.value > BigInt(max)) return fail('index out of range');
  return Number(key.value);
}

function equalToAny(value: Argument, ...others: Argument[]): Argument {
  if (others.length === 0) return fail('missing argument for comparison');
  return bool(others.some((other) => isEqual(value, other)));
}

/** Numbers of the data are text to Go: `eq .n 1` is an error, `eq .n "1"` is not. */
function isEqual(left: Argument, right: Argument): boolean {
  const noLeft = left === undefined || left.kind === 'nil';
  const noRight = right === undefined || right.kind === 'nil';
  if (noLeft || noRight) return noLeft && noRight;
  if (left.kind !== right.kind || left.kind === 'map' || left.kind === 'slice') {
    return fail(`incompatible types for comparison: ${goTypeName(left)} and ${goTypeName(right)}`);
  }
  return left.value === (right as typeof left).value;
}

function isLess(left: Argument, right: Argument): boolean {
  if (left?.kind === 'string' && right?.kind === 'string') return compareStrings(left.value, right.value) < 0;
  if (left?.kind === 'int' && right?.kind === 'int') return left.value < right.value;
  if (left?.kind === 'float' && right?.kind === 'float') return left.value < right.value;
  return fail('invalid type for comparison');
}

/** One string as it is, anything else as it would be printed. */
function escapable(values: readonly Argument[]): string {
  return sprint(
    values.map((value): GoValue => {
      const missing = value === undefined || value.kind === 'nil';
      return missing ? { kind: 'string', type: 'string', value: '<no value>' } : value;
    }),
  );
}

const HTML: Readonly<Record<string, string>> = {
  '\u0000': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

function escapeHtml(value: string): string {
  // oxlint-disable-next-line no-control-regex
  return value.replace(/[\u0000"'&<>]/g, (character) => HTML[character]!);
}

function escapeJs(value: string): string {
  return Array.from(value, (character) => {
    const code = character.codePointAt(0)!;
    if (character === '\\' || character === "'" || character === '"') return `\\${character}`;
    if (code < 0x20 || '<>&='.includes(character) || (code >= 0x80 && !isPrintable(character))) {
      return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    }
    return character;
  }).join('');
}

function fail(message: string): never {
  throw new TemplateError(message);
}

function bool(value: boolean): GoValue {
  return { kind: 'bool', value };
}

function int(value: number): GoValue {
  return { kind: 'int', type: 'int', value: BigInt(value) };
}

function text(value: string): GoValue {
  return { kind: 'string', type: 'string', value };
}
