import type { BinaryReader } from '../binary-reader.ts';

/**
 * The instructions that OPA's modules are made of: WebAssembly 1.0 with sign extension and saturating conversions (core
 * specification 2.0, section 5.4). The C library in them comes from one toolchain; anything newer is refused. What is
 * longer than this reader takes it for would shift all that follows, and hide loops from it. And one instruction of bulk
 * memory may write a gigabyte between two checks.
 */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  load: 0x28,
  load8U: 0x2d,
  store: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  lastNumeric: 0xc4,
  prefixed: 0xfc,
} as const;

/** The block type of a block without parameters and results. */
export const EMPTY_BLOCK = 0x40;

const LAST_PREFIXED_CONVERSION = 7;
/** From here on, the alignment of an access says that the number of a memory follows. */
const NUMBERED_MEMORY = 0x40;
/** f64, f32, i64, i32. Others may be longer than a byte. */
const FIRST_NUMBER_TYPE = 0x7c;
const LAST_NUMBER_TYPE = 0x7f;

/** What follows an opcode, where that is simple: most code is. */
const NOTHING = 1;
const NUMBER = 2;
const ACCESS = 3;

const FOLLOWED_BY: Uint8Array = new Uint8Array(256)
  .fill(NOTHING, OP.i32Eqz, OP.lastNumeric + 1)
  .fill(ACCESS, OP.load, OP.store + 1)
  // br, br_if; local.get to global.set; memory.size to i64.const
  .fill(NUMBER, OP.br, OP.brIf + 1)
  .fill(NUMBER, OP.localGet, OP.globalSet + 1)
  .fill(NUMBER, OP.memorySize, OP.i64Const + 1);

/**
 * Skips instructions of that kind and gives the next opcode of another kind, read; -1 at the end. It does what `skipImmediates` does, without a
 * call for each byte: a server that starts runs this in V8's interpreter, and most of it on the library that every module brings.
 */
export function nextOther(reader: BinaryReader): number {
  const { bytes, end } = reader;
  let { offset } = reader;
  while (offset < end) {
    const opcode = bytes[offset++] as number;
    const kind = FOLLOWED_BY[opcode];
    if (kind === NOTHING) continue;
    if (kind === ACCESS && (bytes[offset] as number) < NUMBERED_MEMORY) offset++;
    else if (kind !== NUMBER) {
      reader.offset = offset;
      return opcode;
    }
    // Beyond the last byte of the module there is nothing, which is not larger.
    while ((bytes[offset++] as number) >= 0x80);
  }
  reader.offset = offset;
  return -1;
}

/** Skips the type of a value. Throws RangeError unless it is a number. */
export function skipValueType(reader: BinaryReader): void {
  const type = reader.byte();
  if (type >= FIRST_NUMBER_TYPE && type <= LAST_NUMBER_TYPE) return;
  throw new RangeError(`type of values 0x${type.toString(16)} at byte ${reader.offset - 1} is not known`);
}

/** Skips what follows an opcode. Throws RangeError for an opcode that is not one of the above. */
export function skipImmediates(reader: BinaryReader, opcode: number): void {
  if (opcode >= OP.i32Eqz && opcode <= OP.lastNumeric) return;
  if (opcode >= OP.load && opcode <= OP.store) {
    if (reader.u32() >= NUMBERED_MEMORY) {
      throw new RangeError(`access to a numbered memory before byte ${reader.offset}`);
    }
    return reader.skipNumber();
  }
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case OP.end:
    case OP.return:
    case 0x1a: // drop
    case OP.select:
      return;
    case OP.block:
    case OP.loop:
    case OP.if:
      return skipBlockType(reader);
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
      for (let left = reader.u32(); left > 0; left--) skipValueType(reader);
      return;
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

/** Nothing, one type, or the number of a type: a signed number that is not negative. */
function skipBlockType(reader: BinaryReader): void {
  let byte = reader.byte();
  if (byte === EMPTY_BLOCK || (byte >= FIRST_NUMBER_TYPE && byte <= LAST_NUMBER_TYPE)) return;
  while (byte >= 0x80) byte = reader.byte();
  if (byte >= 0x40) throw new RangeError(`type of a block before byte ${reader.offset} is not known`);
}

function skipPrefixed(reader: BinaryReader): void {
  const opcode = reader.u32();
  if (opcode <= LAST_PREFIXED_CONVERSION) return;
  throw new RangeError(`instruction 0xfc ${opcode} at byte ${reader.offset - 1} is not known`);
}
