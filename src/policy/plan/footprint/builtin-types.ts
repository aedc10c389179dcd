import { FULL, KEYS, SCALAR } from '../footprint.ts';
import type { DeclaredType } from '../ir.ts';

const SCALAR_TYPES: ReadonlySet<string> = new Set(['boolean', 'null', 'number', 'string']);

/** How much of an argument of a declared type can be seen. */
export interface Seen {
  /** Of the argument itself … */
  readonly bits: number;
  /** … and of each of its elements; 0: not even whether they are there. */
  readonly each: number;
}

const WHOLE: Seen = { bits: FULL, each: 0 };

/**
 * Builtins look at an argument's type first, and take no other than is declared: OPA's, the modules' own and the host's alike. So where
 * scalars are declared nothing inside of an array or an object can be seen, and where arrays of scalars are, nothing inside of their elements.
 * Those that take more than is declared are told apart in builtin-calls.ts.
 */
export function seenOfType(type: DeclaredType | undefined): Seen {
  if (type === undefined) return WHOLE;
  if (isScalarType(type)) return { bits: SCALAR, each: 0 };
  const choices = type.type === 'any' ? [type.of ?? []].flat() : [type];
  if (choices.length === 0) return WHOLE;
  return choices.every((choice) => isScalarType(choice) || holdsScalars(choice))
    ? { bits: SCALAR | KEYS, each: SCALAR }
    : WHOLE;
}

/** No value of the type is an array, an object or a set. */
export function isScalarType({ type, of }: DeclaredType): boolean {
  if (type !== 'any') return SCALAR_TYPES.has(type);
  const choices = [of ?? []].flat();
  return choices.length > 0 && choices.every(isScalarType);
}

/** An array of any number of scalars, or a set of scalars. */
function holdsScalars({ type, of, dynamic, static: fixed }: DeclaredType): boolean {
  if (fixed !== undefined) return false;
  const element = type === 'array' ? dynamic : type === 'set' ? of : undefined;
  return element !== undefined && [element].flat().every(isScalarType);
}
