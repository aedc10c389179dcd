import { BinaryReader } from '../binary-reader.ts';
import { nextOther, OP, skipImmediates, skipValueType } from './instructions.ts';

/** The index of a function, imports counted; undefined for a call through the table. */
export type Callee = number | undefined;

/** A loop of a function. */
export interface Loop {
  /** Where its first instruction lies. */
  readonly offset: number;
  /** How long it is. */
  readonly bytes: number;
  /** Whether it contains another loop. */
  readonly nested: boolean;
  /** What is called in it: as `callee` of a call. */
  readonly callees: readonly Callee[];
}

/** A call that the function makes. */
export interface Call {
  readonly callee: Callee;
  /** Whether it lies in a loop. */
  readonly looped: boolean;
}

/** One function of the code section. */
export interface FunctionBody {
  /** Where it lies, behind its size, and where it ends. */
  readonly start: number;
  readonly end: number;
  /** Where the groups of local variables lie, after their number. */
  readonly localsStart: number;
  readonly localGroups: number;
  /** Local variables, parameters not included. */
  readonly localCount: number;
  /** Where the first instruction lies. */
  readonly codeStart: number;
  readonly calls: readonly Call[];
  /** In the order of their offsets. */
  readonly loops: readonly Loop[];
}

type OpenLoop = { readonly offset: number; bytes: number; nested: boolean; readonly callees: Callee[] };

/** Reads a function body that lies from `start` to `end` of a valid module. Throws RangeError for unknown instructions. */
export function readFunctionBody(module: Uint8Array, start: number, end: number): FunctionBody {
  const reader = new BinaryReader(module, start, end);
  const localGroups = reader.u32();
  const localsStart = reader.offset;
  let localCount = 0;
  for (let left = localGroups; left > 0; left--) {
    localCount += reader.u32();
    skipValueType(reader);
  }
  const codeStart = reader.offset;
  const loops: OpenLoop[] = [];
  const calls: Call[] = [];
  /** Blocks that have not ended, innermost last; undefined for those that are no loop. */
  const open: (OpenLoop | undefined)[] = [];
  const call = (callee: Callee): void => {
    const around = open.filter((block) => block !== undefined);
    for (const loop of around) loop.callees.push(callee);
    calls.push({ callee, looped: around.length > 0 });
  };
  for (let opcode = nextOther(reader); opcode !== -1; opcode = nextOther(reader)) {
    switch (opcode) {
      case OP.call:
        call(reader.u32());
        break;
      case OP.callIndirect:
        skipImmediates(reader, opcode);
        call(undefined);
        break;
      case OP.loop: {
        skipImmediates(reader, opcode);
        for (const outer of open) if (outer !== undefined) outer.nested = true;
        const loop = { offset: reader.offset, bytes: 0, nested: false, callees: [] };
        loops.push(loop);
        open.push(loop);
        break;
      }
      case OP.block:
      case OP.if:
        skipImmediates(reader, opcode);
        open.push(undefined);
        break;
      case OP.end: {
        const ended = open.pop();
        if (ended !== undefined) ended.bytes = reader.offset - ended.offset;
        break;
      }
      default:
        skipImmediates(reader, opcode);
    }
  }
  if (reader.offset !== end) throw new RangeError(`the function that ends at byte ${end} is cut off`);
  return { start, localsStart, localGroups, localCount, codeStart, end, calls, loops };
}
