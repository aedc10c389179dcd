/** Inputs for the traps: few values in many places. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import type { Choices } from './rego-choices.ts';

const SCALARS: readonly JsonValue[] = [
  'a',
  'x',
  'one',
  '',
  '1',
  'a/x',
  'y',
  '[1]',
  0,
  1,
  1,
  2,
  -1,
  true,
  false,
  null,
  ...['1.0', '1e0', '2.0', '0.10', '12345678901234567890'].map((text) => JSON.rawJSON(text)),
];

const ROOT_KEYS = [
  'a',
  'b',
  'c',
  'k',
  'n',
  's',
  't',
  'o',
  'xs',
  'ys',
  'ps',
  'm',
  'x',
  '',
  '__proto__',
  'a.x',
];

/** Nested as deep at most. */
export function trapValue(choices: Choices, depth: number): JsonValue {
  if (depth === 0 || choices.chance(0.45)) return choices.one(SCALARS);
  if (choices.chance(0.5))
    return Array.from({ length: choices.between(0, 3) }, () => trapValue(choices, depth - 1));
  return object(choices, ['x', 'y', '1', '0', 'id', 'v', '__proto__', 'one'], depth - 1, 0.35);
}

function object(choices: Choices, keys: readonly string[], depth: number, share: number): JsonObject {
  const made = Object.create(null) as JsonObject;
  for (const key of keys) if (choices.chance(share)) made[key] = trapValue(choices, depth);
  return made;
}

/** Few values in many places, so that they are often equal. */
export function trapInput(choices: Choices): JsonValue | undefined {
  if (choices.chance(0.02)) return undefined;
  if (choices.chance(0.04)) return trapValue(choices, 2);
  const input = object(choices, ROOT_KEYS, 3, 0.6);
  if (choices.chance(0.8)) input['s'] = choices.one(['a', 'x', '1', 'a/x', 'y']);
  if (choices.chance(0.7)) input['k'] = choices.one(['x', 'y', 'a', 'o', 'id']);
  if (choices.chance(0.7)) input['n'] = choices.one(SCALARS.filter((one) => typeof one !== 'string'));
  if (choices.chance(0.7)) {
    input['xs'] = Array.from({ length: choices.between(0, 4) }, () =>
      choices.chance(0.5) ? trapValue(choices, 1) : object(choices, ['id', 'v', 'x'], 1, 0.8),
    );
    for (const each of input['xs']) if (isJsonObject(each) && choices.chance(0.5)) each['id'] = 'one';
  }
  if (choices.chance(0.6)) input['o'] = object(choices, ['x', 'y', 'a', '1', 'one', '__proto__'], 2, 0.6);
  if (choices.chance(0.3)) input['b'] = input['a'] ?? null;
  return input;
}
