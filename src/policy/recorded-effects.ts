import type { Effect } from './builtins/builtin.ts';

/** Effects whose results an auditor needs to replay a decision. */
export const RECORDED: ReadonlySet<Effect> = new Set<Effect>(['clock', 'random', 'network']);
