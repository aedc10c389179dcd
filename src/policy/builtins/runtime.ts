import type { Builtin } from './builtin.ts';

/** Empty unless the operator lists variables of the environment: a policy sees nothing of the host by itself. */
export const runtimeBuiltins: readonly Builtin[] = [
  { name: 'opa.runtime', effects: ['host'], call: (context) => context.runtime },
];
