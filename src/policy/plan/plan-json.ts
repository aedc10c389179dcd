import { PortcullisError } from '../../errors.ts';

/** Checked looks into the JSON of a plan. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isString = (value: unknown): value is string => typeof value === 'string';
export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
/** An index, a local, a row: no number in a plan but an integer constant is negative. */
export const isNumber = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export function refuse(what: string): never {
  throw new PortcullisError('bundle_plan_invalid', `the plan holds what is not understood: ${what}`);
}

export function fieldOf<Value>(
  object: JsonRecord,
  name: string,
  is: (value: unknown) => value is Value,
): Value {
  const value = object[name];
  if (!is(value)) refuse(`field "${name}" is ${shown(value)}`);
  return value;
}

/** Go writes null for an empty list, and leaves one out where the format says so. */
export function listOf<Value>(value: unknown, is: (value: unknown) => value is Value): Value[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) refuse(`a list is ${shown(value)}`);
  for (const each of value) if (!is(each)) refuse(`a list holds ${shown(each)}`);
  return value as Value[];
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 60);
}
