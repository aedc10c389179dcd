/** Inputs near others: of another type, text or order in one place, with less, and with what nobody reads. */
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import { isJsonObject } from '../../src/json/value.ts';
import type { ReadTree } from '../../src/policy/plan/footprint.ts';
import type { Choices } from './rego-choices.ts';

/** Where a value stands: keys of objects, indexes of arrays. */
type Path = readonly string[];

const STRANGE: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  JSON.rawJSON('1.0'),
  JSON.rawJSON('1.5'),
  JSON.rawJSON('12345678901234567890'),
  '',
  'x',
  '1',
  'é😀',
  [],
  [null],
  ['a', 'b'],
  {},
  JSON.parse('{"a":1}') as JsonValue,
];

/** Every place of a value and below, the value itself first. */
function placesOf(value: JsonValue, path: Path = []): Path[] {
  const places: Path[] = [path];
  for (const [key, member] of membersOf(value)) places.push(...placesOf(member, [...path, key]));
  return places;
}

function membersOf(value: JsonValue): [string, JsonValue][] {
  return Array.isArray(value) || isJsonObject(value) ? Object.entries(value) : [];
}

function at(value: JsonValue, path: Path): JsonValue {
  return path.reduce((inner, key) => (inner as JsonObject)[key]!, value);
}

/** The value with another one in a place; undefined removes what is there. */
function replaced(value: JsonValue, [key, ...rest]: Path, by: JsonValue | undefined): JsonValue | undefined {
  if (key === undefined) return by;
  const members = membersOf(value).flatMap(([name, member]): [string, JsonValue][] => {
    const changed = name === key ? replaced(member, rest, by) : member;
    return changed === undefined ? [] : [[name, changed]];
  });
  return Array.isArray(value) ? members.map(([, member]) => member) : objectOf(members);
}

function objectOf(members: readonly (readonly [string, JsonValue])[]): JsonObject {
  const object = Object.create(null) as JsonObject;
  for (const [key, member] of members) object[key] = member;
  return object;
}

/** What a place may hold instead: undefined is nothing. */
function others(
  choices: Choices,
  value: JsonValue,
  constants: readonly JsonValue[],
): (JsonValue | undefined)[] {
  const found: (JsonValue | undefined)[] = [undefined, choices.one(STRANGE), choices.one(STRANGE), [value]];
  if (constants.length > 0) found.push(choices.one(constants), choices.one(constants));
  if (typeof value === 'string') {
    found.push(value.slice(0, -1), `${value}x`, value.toUpperCase());
    const other = constants.length > 0 ? choices.one(constants) : undefined;
    if (typeof other === 'string') found.push(`${value}${other}`);
  }
  if (typeof value === 'number' || JSON.isRawJSON(value)) {
    const text = typeof value === 'number' ? String(value) : value.rawJSON;
    found.push(Number(text) + 1, Number(text) - 1, text);
    if (/^-?\d+$/.test(text)) found.push(JSON.rawJSON(`${text}.0`), JSON.rawJSON(`${text}e0`));
  }
  if (typeof value === 'boolean') found.push(!value, String(value));
  if (Array.isArray(value)) {
    found.push(
      value.slice(1),
      value.toReversed(),
      [...value, choices.one(STRANGE)],
      objectOf(Object.entries(value)),
    );
    if (value.length > 0) found.push([...value, choices.one(value)]);
    if (constants.length > 0) found.push([...value, choices.one(constants)]);
  } else if (isJsonObject(value)) {
    const members = Object.entries(value);
    found.push(objectOf(members.toReversed()), objectOf([...members, ['noise', choices.one(STRANGE)]]));
    found.push(members.map(([, member]) => member));
    const name = choices.one(constants.filter((each) => typeof each === 'string'));
    if (name !== undefined)
      found.push(objectOf([...members, [name, choices.one([...constants, ...STRANGE])]]));
  }
  return found;
}

/** All of them would be too many: some, chosen anew for each seed. */
export function variantsOf(
  choices: Choices,
  input: JsonValue | undefined,
  constants: readonly JsonValue[],
  count: number,
): (JsonValue | undefined)[] {
  const whole = input ?? objectOf([]);
  const places = placesOf(whole);
  const variants: (JsonValue | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    let variant: JsonValue | undefined = whole;
    // One change finds which read it was; two find reads behind a condition that the first one made true.
    const place = places.length <= count ? places[i % places.length]! : choices.one(places);
    variant = replaced(whole, place, choices.one(others(choices, at(whole, place), constants)));
    if (variant !== undefined && choices.chance(0.3)) {
      const second = choices.one(placesOf(variant));
      variant = replaced(variant, second, choices.one(others(choices, at(variant, second), constants)));
    }
    variants.push(variant);
  }
  return variants;
}

/** Of the shape that a footprint asks for. */
export function inputFrom(choices: Choices, tree: ReadTree, constants: readonly JsonValue[]): JsonValue {
  const { children, each } = tree;
  if (choices.chance(0.05)) return choices.one(STRANGE);
  const keys = [...(children?.keys() ?? [])].filter(() => choices.chance(0.8));
  if (children === undefined && each === undefined) {
    return choices.one(constants.length > 0 && choices.chance(0.7) ? constants : STRANGE);
  }
  const inner = (key: string): JsonValue => inputFrom(choices, children?.get(key) ?? each!, constants);
  if (each !== undefined && choices.chance(0.5)) {
    return Array.from({ length: choices.between(0, 3) }, () => inputFrom(choices, each, constants));
  }
  const names = constants.filter((one) => typeof one === 'string');
  if (each !== undefined && names.length > 0) {
    for (let i = choices.between(0, 3); i > 0; i--) keys.push(choices.one(names));
  }
  const members = keys.map((key): [string, JsonValue] => [key, inner(key)]);
  if (choices.chance(0.2)) members.push(['noise', choices.one(STRANGE)]);
  return objectOf(members);
}

/** The texts and numbers that a policy names, and those of its data. */
export function constantsOf(rego: string, data: JsonValue = null): JsonValue[] {
  const constants = new Set<string | number>();
  for (const [token] of rego
    .replaceAll(/^\s*#.*$/gm, '')
    .matchAll(/"(?:\\.|[^"\\\n])*"|(?<![\w.])\d+(?:\.\d+)?/g)) {
    if (!token.startsWith('"')) constants.add(Number(token));
    else {
      try {
        constants.add(JSON.parse(token) as string);
      } catch {
        // Not a text of its own: it stands in a template.
      }
    }
  }
  const walk = (value: JsonValue): void => {
    if (typeof value === 'string' || typeof value === 'number') constants.add(value);
    for (const [key, member] of membersOf(value)) {
      if (!Array.isArray(value)) constants.add(key);
      walk(member);
    }
  };
  walk(data);
  return [...constants];
}
