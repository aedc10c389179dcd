import { BinaryReader } from '../binary-reader.ts';
import { BinaryWriter } from './binary-writer.ts';
import { meterCode } from './metered-code.ts';
import { outlineOf, SECTION } from './module-outline.ts';
import type { FindRepairs } from './repair.ts';

/** The export under which the host finds the fuel. */
export const FUEL_EXPORT = 'portcullis_fuel';
/** The export under which the host finds the pointer to the C stack: the first global, as the linker of OPA's modules has it. */
export const STACK_EXPORT = 'portcullis_stack';

const HEADER_BYTES = 8;
const HINTS_SECTION = 'metadata.code.branch_hint';
const EXPORTED_GLOBAL = 3;
/** `(global (mut i32) (i32.const 1000000))`: enough for the start function, which runs before the host can refuel. */
const FUEL_GLOBAL = [0x7f, 0x01, 0x41, 0xc0, 0x84, 0x3d, 0x0b];

/**
 * Gives a module that does what the given one does and can be interrupted while it does it. Fuel, a counter in a global
 * of its own that is exported, is counted down in loops and recursions; below zero the module calls its import
 * `opa_abort` with address 0, and the host refuels or throws. The global comes last and nothing is imported, so that no
 * index of the original changes; every other section is kept as it is. The stack pointer is exported as well.
 *
 * `repairsOf` names functions, by their indices, that shall do something else at the same time: see Repair.
 *
 * The module must be valid: one that is not could use the index of the new global.
 * @throws RangeError for instructions and structures that OPA's modules are not made of, saying where
 */
export function meterModule(
  module: Uint8Array,
  repairsOf: FindRepairs = () => new Map(),
): Uint8Array<ArrayBuffer> {
  const outline = outlineOf(module);
  const out = new BinaryWriter(2 * module.length);
  out.append(module.subarray(0, HEADER_BYTES));
  let hasFuel = false;
  for (const { id, start, end } of outline.sections) {
    if (!hasFuel && id >= SECTION.global) {
      const own = id === SECTION.global ? module.subarray(start, end) : undefined;
      out.section(SECTION.global, withEntry(own, FUEL_GLOBAL));
      hasFuel = true;
      if (id === SECTION.global) continue;
    }
    const contents = module.subarray(start, end);
    if (id === SECTION.export) {
      const fuel = withEntry(contents, globalExport(FUEL_EXPORT, outline.globalCount));
      const hasStack = outline.globalCount > 0;
      out.section(id, hasStack ? withEntry(fuel, globalExport(STACK_EXPORT, 0)) : fuel);
    } else if (id === SECTION.code) {
      const { code, hints } = meterCode(module, start, end, outline, repairsOf);
      out.section(SECTION.custom, withName(HINTS_SECTION, hints));
      out.section(id, code);
    } else if (id !== SECTION.custom || !isHints(contents)) out.section(id, contents);
  }
  return out.written();
}

/** A vector with one more entry, behind the others. */
function withEntry(vector: Uint8Array | undefined, entry: Uint8Array | readonly number[]): Uint8Array {
  const out = new BinaryWriter((vector?.length ?? 0) + entry.length + 8);
  if (vector === undefined) {
    out.u32(1);
  } else {
    const reader = new BinaryReader(vector, 0);
    out.u32(reader.u32() + 1);
    out.append(vector.subarray(reader.offset));
  }
  out.append(entry);
  return out.written();
}

/** Hints of the original would lie elsewhere in the new code. */
function isHints(custom: Uint8Array): boolean {
  return new BinaryReader(custom, 0).name() === HINTS_SECTION;
}

function withName(name: string, contents: Uint8Array): Uint8Array {
  const out = new BinaryWriter(name.length + contents.length + 5);
  out.name(name);
  out.append(contents);
  return out.written();
}

function globalExport(name: string, globalIndex: number): Uint8Array {
  const out = new BinaryWriter(32);
  out.name(name);
  out.byte(EXPORTED_GLOBAL);
  out.u32(globalIndex);
  return out.written();
}
