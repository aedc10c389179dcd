import { numberText } from '../../builtins/numbers.ts';
import { ExactNumber, type RegoValue } from '../../value.ts';

/** What of a value must not be shown: all of it, or the parts at these keys. Undefined: nothing. */
export type Taint = 'all' | ReadonlyMap<string, Taint> | undefined;

/** The taint of what stands at a key. */
export function taintAt(taint: Taint, key: RegoValue | undefined): Taint {
  if (taint === undefined || taint === 'all') return taint;
  if (typeof key === 'string') return taint.get(key);
  if (typeof key === 'number' || key instanceof ExactNumber) return taint.get(numberText(key));
  return undefined;
}

/** Both. */
export function joinTaints(a: Taint, b: Taint): Taint {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  if (a === 'all' || b === 'all') return 'all';
  const joined = new Map(a);
  for (const [key, taint] of b) joined.set(key, joinTaints(joined.get(key), taint));
  return joined;
}

/** Of a value in which something with the taint stands at the path. */
export function taintBelow(path: readonly string[], taint: Taint): Taint {
  if (taint === undefined) return undefined;
  return path.reduceRight<Taint>((inner, key) => new Map([[key, inner]]), taint);
}

/** Of what was made from a value: nobody knows from which part. */
export function derived(...taints: readonly Taint[]): Taint {
  return taints.some((taint) => taint !== undefined) ? 'all' : undefined;
}
