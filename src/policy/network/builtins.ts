import type { Builtin } from '../builtins/builtin.ts';
import { httpSend } from './http-send.ts';
import { lookupIpAddr } from './lookup-ip-addr.ts';

/** Offered only where the operator configures `network`; they wait, so only evaluations in worker threads can call them. */
export const NETWORK_BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [httpSend, lookupIpAddr].map((builtin) => [builtin.name, builtin]),
);
