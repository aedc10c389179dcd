import type { Environment } from '../config/environment.ts';
import type { RegoValue } from '../policy/value.ts';

/**
 * What `opa.runtime()` gives: only the variables that the operator lists, since policies must not read secrets of the
 * server. Empty when none are listed.
 */
export function runtimeValue(names: readonly string[], environment: Environment): RegoValue {
  const listed = names.flatMap((name): [RegoValue, RegoValue][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return names.length === 0 ? new Map() : new Map([['env', new Map(listed)]]);
}
