import { OP } from './metering/instructions.ts';

/**
 * `plain`: no number, or one that the module computed itself and keeps as an integer, or one of at most two digits as it
 * was written. Others may have a fraction or an exponent, or be `-0`.
 */
export interface OperandKind {
  readonly operand: number;
  readonly is: 'plain' | 'array' | 'filled_array';
}

/** Opcodes that only these tests use (WebAssembly core specification 2.0, section 5.4). */
const ELSE = 0x05;
const LOAD_16_U = 0x2f;
const I32_EQ = 0x46;
const I32_LT_U = 0x49;

/** The type of a block that gives an i32. */
const I32 = 0x7f;

/** How modules lay out values: wasm/src/value.h. */
const TYPE_ARRAY = 5;
const ARRAY_LENGTH_OFFSET = 8;
/** The first two bytes of a number that is kept as text: its type, 3, and 2 for how it is kept. As signed LEB128. */
const NUMBER_AS_TEXT = [0x83, 0x04];
const NUMBER_TEXT_OFFSET = 8;
const NUMBER_LENGTH_OFFSET = 12;
const MINUS = 0x2d;

/** Instructions that leave 1 where all operands of a function are of these kinds, otherwise 0. */
export function operandTest(kinds: readonly OperandKind[]): number[] {
  return kinds.flatMap(({ operand, is }, at) => [...TESTS[is](operand), ...(at === 0 ? [] : [OP.i32And])]);
}

const TESTS = { plain: isPlain, array: isArray, filled_array: isFilledArray } as const;

/** `value->type == OPA_ARRAY` */
function isArray(parameter: number): number[] {
  return [OP.localGet, parameter, OP.load8U, 0, 0, OP.i32Const, TYPE_ARRAY, I32_EQ];
}

/** `is an array ? len != 0 : false` */
function isFilledArray(parameter: number): number[] {
  const length = [OP.localGet, parameter, OP.load, 2, ARRAY_LENGTH_OFFSET];
  return [
    ...isArray(parameter),
    OP.if,
    I32,
    ...length,
    OP.i32Const,
    0,
    OP.i32Ne,
    ELSE,
    OP.i32Const,
    0,
    OP.end,
  ];
}

/** `is a number kept as text ? len < 3 && *s != '-' : true` */
function isPlain(parameter: number): number[] {
  const keptAsText = [OP.localGet, parameter, LOAD_16_U, 0, 0, OP.i32Const, ...NUMBER_AS_TEXT, I32_EQ];
  const isShort = [OP.localGet, parameter, OP.load, 2, NUMBER_LENGTH_OFFSET, OP.i32Const, 3, I32_LT_U];
  const first = [OP.localGet, parameter, OP.load, 2, NUMBER_TEXT_OFFSET, OP.load8U, 0, 0];
  const isPositive = [...first, OP.i32Const, MINUS, OP.i32Ne];
  return [...keptAsText, OP.if, I32, ...isShort, ...isPositive, OP.i32And, ELSE, OP.i32Const, 1, OP.end];
}
