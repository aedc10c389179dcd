import type { Flags } from './go-flags.ts';
import { type GoValue, goTypeName } from './go-value.ts';
import { formatBig, formatFloating, formatInteger, formatString, truncated } from './go-verbs.ts';

/** One argument under a verb: fmt.printArg. */
export function printArg(flags: Flags, arg: GoValue, verb: string): string {
  if (verb === 'T') return flags.pad(truncated(flags, goTypeName(arg)));
  if (arg.kind === 'nil') return verb === 'v' ? flags.pad('<nil>') : `%!${verb}(<nil>)`;
  // A pointer's address would be another one at each run: OPA prints it, here it is a wrong verb.
  if (verb === 'p' || verb === 'w') return badVerb(flags, arg, verb);
  return printValue(flags, arg, verb);
}

function printValue(flags: Flags, arg: GoValue, verb: string): string {
  switch (arg.kind) {
    case 'nil':
      return verb === 'v' ? '<nil>' : `%!${verb}(<nil>)`;
    case 'slice':
      return `[${arg.value.map((element) => printValue(flags, element, verb)).join(' ')}]`;
    case 'map':
      return `map[${Array.from(arg.value, ([key, value]) => {
        return `${printValue(flags, { kind: 'string', type: 'string', value: key }, verb)}:${printValue(flags, value, verb)}`;
      }).join(' ')}]`;
    case 'bool':
      return verb === 't' || verb === 'v' ? flags.pad(String(arg.value)) : badVerb(flags, arg, verb);
    case 'int':
      return formatInteger(flags, arg.value, verb) ?? badVerb(flags, arg, verb);
    case 'big':
      return formatBig(flags, arg.value, verb);
    case 'float':
      return formatFloating(flags, arg.value, verb) ?? badVerb(flags, arg, verb);
    case 'string':
    default:
      return formatString(flags, arg.value, verb) ?? badVerb(flags, arg, verb);
  }
}

function badVerb(flags: Flags, arg: GoValue, verb: string): string {
  // Go shows a big.Int here as the struct that it is, with its 64-bit words.
  const shown = arg.kind === 'big' ? bigStruct(flags, arg.value) : printValue(flags, arg, 'v');
  return `%!${verb}(${goTypeName(arg)}=${shown})`;
}

function bigStruct(flags: Flags, value: bigint): string {
  const words: bigint[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 64n) words.push(BigInt.asUintN(64, rest));
  const sign = flags.pad(String(value < 0n));
  if (flags.sharpV) {
    flags.sharp = true;
    const hex = words.map((word) => formatInteger(flags, word, 'x')).join(', ');
    flags.sharp = false;
    return `&big.Int{neg:${sign}, abs:big.nat{${hex}}}`;
  }
  const decimal = words.map((word) => formatInteger(flags, word, 'v')).join(' ');
  return flags.plusV ? `&{neg:${sign} abs:[${decimal}]}` : `&{${sign} [${decimal}]}`;
}
