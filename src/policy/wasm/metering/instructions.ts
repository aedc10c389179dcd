import type { BinaryReader } from '../binary-reader.ts';

/**
 * The instructions that OPA's modules are made of: WebAssembly 1.0 with sign extension, saturating conversions and bulk
 * memory (core specification 2.0, section 5.4). The C library in them comes from one toolchain; anything newer is
 * refused, since an instruction of unknown length would shift all that follow.
 */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  callIndirect: 0x11,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  load: 0x28,
  store: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32LtS: 0x48,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  lastNumeric: 0xc4,
  prefixed: 0xfc,
} as const;

/** The block type of a block without parameters and results. */
export const EMPTY_BLOCK = 0x40;

const PREFIXED = { lastConversion: 7, memoryInit: 8, dataDrop: 9, memoryCopy: 10, memoryFill: 11 } as const;

/** Skips what follows an opcode. Throws RangeError for an opcode that is not one of the above. */
export function skipImmediates(reader: BinaryReader, opcode: number): void {
  if (opcode >= OP.i32Eqz && opcode <= OP.lastNumeric) return;
  if (opcode >= OP.load && opcode <= OP.store) {
    reader.skipNumber();
    reader.skipNumber();
    return;
  }
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case OP.end:
    case 0x0f: // return
    case 0x1a: // drop
    case OP.select:
      return;
    case OP.block:
    case OP.loop:
    case OP.if:
    case OP.br:
    case OP.brIf:
    case OP.call:
    case OP.localGet:
    case 0x21: // local.set
    case OP.localTee:
    case OP.globalGet:
    case OP.globalSet:
    case OP.i32Const:
    case OP.i64Const:
    case OP.memorySize:
    case OP.memoryGrow:
      return reader.skipNumber();
    case OP.callIndirect:
      reader.skipNumber();
      return reader.skipNumber();
    case OP.brTable:
      for (let left = reader.u32(); left >= 0; left--) reader.skipNumber();
      return;
    case OP.selectTyped:
      return reader.skip(reader.u32());
    case OP.f32Const:
      return reader.skip(4);
    case OP.f64Const:
      return reader.skip(8);
    case OP.prefixed:
      return skipPrefixed(reader);
    default:
      throw new RangeError(`instruction 0x${opcode.toString(16)} at byte ${reader.offset - 1} is not known`);
  }
}

function skipPrefixed(reader: BinaryReader): void {
  const opcode = reader.u32();
  if (opcode <= PREFIXED.lastConversion) return;
  switch (opcode) {
    case PREFIXED.memoryInit:
    case PREFIXED.memoryCopy:
      reader.skipNumber();
      return reader.skipNumber();
    case PREFIXED.dataDrop:
    case PREFIXED.memoryFill:
      return reader.skipNumber();
    default:
      throw new RangeError(`instruction 0xfc ${opcode} at byte ${reader.offset - 1} is not known`);
  }
}
