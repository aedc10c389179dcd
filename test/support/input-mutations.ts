/** Inputs that policies did not expect. */
import type { JsonValue } from '../../src/json/value.ts';
import type { Choices } from './rego-choices.ts';

const STRANGE: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  '',
  'x',
  'é😀',
  '*',
  '/../',
  [],
  [null],
  ['a', 'b'],
  {},
  { a: 1 },
];

/** The value with one leaf or subtree dropped, doubled, moved or replaced by something of perhaps another type. */
export function mutated(choices: Choices, value: JsonValue, whole: JsonValue = value): JsonValue {
  const isArray = Array.isArray(value);
  if (value === null || typeof value !== 'object' || choices.chance(0.05) || Object.keys(value).length === 0)
    return choices.chance(0.7) ? choices.one(STRANGE) : anyPart(choices, whole);
  const key = choices.one(Object.keys(value));
  const entries = Object.entries(value);
  if (choices.chance(0.15)) {
    const rest = entries.filter(([name]) => name !== key);
    return isArray ? rest.map(([, member]) => member) : Object.fromEntries(rest);
  }
  if (isArray && choices.chance(0.1)) return [...value, value[Number(key)]!];
  const changed = entries.map(([name, member]): [string, JsonValue] => [
    name,
    name === key ? mutated(choices, member, whole) : member,
  ]);
  return isArray ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

function anyPart(choices: Choices, value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || choices.chance(0.3)) return value;
  const members = Object.values(value) as JsonValue[];
  return members.length === 0 ? value : anyPart(choices, choices.one(members));
}
