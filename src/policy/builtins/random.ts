import type { RegoValue } from '../value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { bigintToNumber } from './numbers.ts';
import { bigintOperand, intOperand, stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** Random results that stay the same for equal arguments within one evaluation. */
function once(context: BuiltinContext, key: string, make: () => RegoValue): RegoValue {
  const known = context.memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  context.memo.set(key, made);
  return made;
}

/** RFC 9562 section 5.4. */
function randomUuid(context: BuiltinContext): string {
  const bytes = Buffer.from(context.randomBytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A whole number from 0 to |n| exclusive. */
function randomInteger(context: BuiltinContext, seed: RegoValue, n: RegoValue): RegoValue {
  const name = stringOperand(seed, 1);
  intOperand(n, 2);
  const bound = bigintOperand(n, 2);
  const limit = bound < 0n ? -bound : bound;
  if (limit === 0n) return 0;
  return once(context, `rand.intn ${limit} ${name}`, () => {
    // 128 bits make the remainder's bias smaller than 2^-64.
    const bits = BigInt(`0x${Buffer.from(context.randomBytes(16)).toString('hex')}`);
    return bigintToNumber(bits % limit);
  });
}

export const randomBuiltins: readonly Builtin[] = [
  {
    name: 'uuid.rfc4122',
    effects: ['random'],
    call: (context, seed) => once(context, `uuid.rfc4122 ${regoText(seed)}`, () => randomUuid(context)),
  },
  {
    name: 'rand.intn',
    effects: ['random'],
    call: (context, seed, n) => randomInteger(context, seed, n),
  },
];
