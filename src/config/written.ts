/** Reads a configuration as it was written, which may be of any shape; what is of a wrong kind counts as missing. */
import { type ConfigPath, type Mistake, suggestion } from './mistake.ts';

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function get(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function entries(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : [];
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A mistake when text names nothing in the map `within` of the root. */
export function unknownNames(root: unknown, within: string, path: ConfigPath, name: unknown): Mistake[] {
  const known = entries(get(root, within)).map(([key]) => key);
  if (typeof name !== 'string' || known.includes(name)) return [];
  return [{ path, message: `"${name}" is not in ${within}${suggestion(name, known)}` }];
}
