import { NUMBERED_ANSWERS } from './host-answers.ts';
import { BinaryWriter } from './metering/binary-writer.ts';
import { EMPTY_BLOCK, OP } from './metering/instructions.ts';
import type { FindRepairs, Repair } from './metering/repair.ts';
import { operandTest } from './operand-tests.ts';

const TYPE_OBJECT = 6;
/** Where a text's length lies in it: wasm/src/value.h, opa_string_t. Interned texts are laid out alike. */
const TEXT_LENGTH_OFFSET = 4;

/**
 * What is to be changed in a module's C functions so that no request can corrupt its memory, hang it or turn a decision
 * over by malformed operands (docs/module-differences.md). Functions are found by the names that OPA leaves in its
 * modules. A function that a policy does not use has neither code nor name.
 * @throws RangeError when the module names no function, so that its defects cannot be found
 */
export const repairsOf: FindRepairs = (outline) => {
  const { named, imported, parameterCounts, importedFunctions } = outline;
  if (named.size === 0) {
    throw new RangeError(
      'it does not name its functions, by which those with defects are found: keep the section "name" that opa build writes',
    );
  }
  const repairs = new Map<number, Repair>();
  const takes = (index: number, arity: number): boolean =>
    parameterCounts[index - importedFunctions] === arity;
  for (const { function: name, arity, id, whenEmpty, unless } of NUMBERED_ANSWERS) {
    const index = named.get(name);
    const builtin = imported.get(`opa_builtin${arity}`);
    if (index === undefined || builtin === undefined || !takes(index, arity)) continue;
    const call = hostCall(id, arity, builtin);
    if (whenEmpty !== undefined) repairs.set(index, { prologue: whereEmpty(whenEmpty, call) });
    else if (unless !== undefined) repairs.set(index, { prologue: hostUnless(operandTest(unless), call) });
    else repairs.set(index, { body: wholeBody(call) });
  }
  // Beside "with", only the module's own sort calls it, whose code is not reached any more.
  const copy = named.get('opa_value_shallow_copy');
  const object = named.get('opa_object');
  if (copy !== undefined && object !== undefined && takes(copy, 1)) {
    repairs.set(copy, { prologue: emptyObjectForOthers(object) });
  }
  return repairs;
};

/** `opa_builtin<n>(id, 0, …parameters)` */
function hostCall(id: number, arity: number, builtin: number): Uint8Array {
  const out = new BinaryWriter(32);
  // One byte of signed LEB128 holds -64 to 63.
  out.append([OP.i32Const, id & 0x7f, OP.i32Const, 0]);
  for (let parameter = 0; parameter < arity; parameter++) out.append([OP.localGet, parameter]);
  out.byte(OP.call);
  out.u32(builtin);
  return out.written();
}

function wholeBody(call: Uint8Array): Uint8Array {
  return Uint8Array.of(0, ...call, OP.end);
}

/** `if (parameter->len == 0) return call`. What is no text may be taken for an empty one: then the host says so. */
function whereEmpty(parameter: number, call: Uint8Array): Uint8Array {
  const length = [OP.localGet, parameter, OP.load, 2, TEXT_LENGTH_OFFSET, OP.i32Eqz];
  return Uint8Array.of(...length, OP.if, EMPTY_BLOCK, ...call, OP.return, OP.end);
}

/** `if (!test) return call` */
function hostUnless(test: readonly number[], call: Uint8Array): Uint8Array {
  return Uint8Array.of(...test, OP.i32Eqz, OP.if, EMPTY_BLOCK, ...call, OP.return, OP.end);
}

/**
 * `if (value->type != OPA_OBJECT) return opa_object()`: `with input.x as y` copies the input and inserts into the copy as
 * into an object, whatever it is. A text's length would be taken for an address. OPA replaces what is no object by one
 * (topdown/input.go).
 */
function emptyObjectForOthers(object: number): Uint8Array {
  const out = new BinaryWriter(16);
  out.append([
    OP.localGet,
    0,
    OP.load8U,
    0,
    0,
    OP.i32Const,
    TYPE_OBJECT,
    OP.i32Ne,
    OP.if,
    EMPTY_BLOCK,
    OP.call,
  ]);
  out.u32(object);
  out.append([OP.return, OP.end]);
  return out.written();
}
