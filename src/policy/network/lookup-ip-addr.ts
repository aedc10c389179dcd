import { isIP } from 'node:net';
import { normalHost } from '../../config/host-pattern.ts';
import { type Builtin, type BuiltinContext, BuiltinError } from '../builtins/builtin.ts';
import { stringOperand } from '../builtins/operands.ts';
import type { RegoValue } from '../value.ts';
import { networkOf } from './http-send.ts';

/** `net.lookup_ip_addr` of v1/topdown/net.go: the addresses of a name, as a set. */
export const lookupIpAddr: Builtin = {
  name: 'net.lookup_ip_addr',
  effects: ['network'],
  call: (context, operand) => {
    const name = stringOperand(operand, 1);
    const memoKey = `net.lookup_ip_addr ${name}`;
    const known = context.memo.get(memoKey);
    if (known !== undefined) return known;
    const addresses: RegoValue = new Set(addressesOf(context, name));
    context.memo.set(memoKey, addresses);
    return addresses;
  },
};

/** An address is its own, without a look-up. */
function addressesOf(context: BuiltinContext, name: string): readonly string[] {
  const literal = isIP(name) === 0 ? undefined : normalHost(name);
  if (literal !== undefined) return [literal];
  const reply = networkOf(context, 'net.lookup_ip_addr').call({ kind: 'lookup', name });
  if (reply.kind === 'lookup') return reply.addresses;
  if (reply.kind !== 'failure') throw new TypeError('the broker answered another request');
  // OPA fails the evaluation where a look-up takes too long.
  throw new BuiltinError(reply.message, { halt: reply.reason === 'timeout' });
}
