import { BinaryWriter } from './binary-writer.ts';
import { EMPTY_BLOCK, OP } from './instructions.ts';

/** Iterations of a short loop that cost one unit of fuel; a power of two. */
const SHORT_LOOP_ITERATIONS = 64;

/** Instructions that leave the stack as it was. */
export interface Check {
  readonly bytes: Uint8Array;
  /** Where its `if` instructions lie in it. None is taken often. */
  readonly branches: readonly number[];
}

/** The checks of one function. */
export interface FunctionChecks {
  /** Counts the fuel down, and asks the host when there is none left. */
  readonly full: Check;
  /** Makes the full check in each 64th iteration, counted in a local variable: a few tenths of a nanosecond. */
  readonly short: Check;
}

/** How many local variables the checks of a function need, all of type i32. */
export const CHECK_LOCALS = 2;

/** @param firstLocal the index of the first of the function's CHECK_LOCALS further local variables */
export function checksOf(fuelGlobal: number, firstLocal: number, abortFunction: number): FunctionChecks {
  const full = fullCheck(fuelGlobal, firstLocal, abortFunction);
  return { full, short: shortCheck(firstLocal + 1, full) };
}

/** `fuel = scratch = fuel - 1; if (scratch < 0) opa_abort(0)` */
function fullCheck(fuelGlobal: number, scratch: number, abortFunction: number): Check {
  const out = new BinaryWriter(32);
  out.byte(OP.globalGet);
  out.u32(fuelGlobal);
  out.append([OP.i32Const, 1, OP.i32Sub]);
  out.byte(OP.localTee);
  out.u32(scratch);
  out.byte(OP.globalSet);
  out.u32(fuelGlobal);
  out.byte(OP.localGet);
  out.u32(scratch);
  out.append([OP.i32Const, 0, OP.i32LtS]);
  const branch = out.length;
  out.append([OP.if, EMPTY_BLOCK, OP.i32Const, 0, OP.call]);
  out.u32(abortFunction);
  out.byte(OP.end);
  return { bytes: out.written(), branches: [branch] };
}

/** `if ((++counter & 63) == 0) full` */
function shortCheck(counter: number, full: Check): Check {
  const out = new BinaryWriter(64);
  out.byte(OP.localGet);
  out.u32(counter);
  out.append([OP.i32Const, 1, OP.i32Add]);
  out.byte(OP.localTee);
  out.u32(counter);
  out.append([OP.i32Const, SHORT_LOOP_ITERATIONS - 1, OP.i32And, OP.i32Eqz]);
  const branch = out.length;
  out.append([OP.if, EMPTY_BLOCK]);
  const inner = out.length;
  out.append(full.bytes);
  out.byte(OP.end);
  return { bytes: out.written(), branches: [branch, ...full.branches.map((at) => inner + at)] };
}
