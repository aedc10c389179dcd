import { BinaryReader } from '../binary-reader.ts';
import { OP, skipImmediates, skipValueType } from './instructions.ts';

/** Numbers of sections: WebAssembly core specification 2.0, section 5.5.2. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
} as const;

const HEADER_BYTES = 8;
const FUNCTION_TYPE = 0x60;
/** The custom section of names: WebAssembly core specification 2.0, appendix, section 7.4. */
const NAMES = 'name';
const FUNCTION_NAMES = 1;
const FUNCTION_REFERENCE = 0x70;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;

export interface Section {
  readonly id: number;
  /** Where its contents lie. */
  readonly start: number;
  readonly end: number;
}

/** What must be known of a module to add a global and calls to its code. */
export interface ModuleOutline {
  readonly sections: readonly Section[];
  /** How many functions it imports. They have the first indices. */
  readonly importedFunctions: number;
  /** The index of the imported function `opa_abort`. */
  readonly abortFunction: number;
  /** The indices of all functions that it imports, by their names. */
  readonly imported: ReadonlyMap<string, number>;
  /** The indices of functions by the names that the section of names gives them. Names are not unique: the first one counts. */
  readonly named: ReadonlyMap<string, number>;
  /** How many globals it has, imported ones included. */
  readonly globalCount: number;
  /** Of each function that it defines, how many parameters it takes. */
  readonly parameterCounts: readonly number[];
  /** The functions that can be called through the table. */
  readonly tableFunctions: readonly number[];
}

/** Reads the outline of a valid module. Throws RangeError where it is not what this reader knows. */
export function outlineOf(module: Uint8Array): ModuleOutline {
  const sections: Section[] = [];
  let typeParameters: readonly number[] = [];
  const parameterCounts: number[] = [];
  let imports: Imports = { functions: new Map(), globals: 0 };
  let named: ReadonlyMap<string, number> = new Map();
  let globals = 0;
  let tableFunctions: readonly number[] = [];
  const reader = new BinaryReader(module, HEADER_BYTES);
  while (!reader.atEnd()) {
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.offset;
    const end = start + size;
    sections.push({ id, start, end });
    const contents = new BinaryReader(module, start, end);
    if (id === SECTION.type) typeParameters = readTypes(contents);
    else if (id === SECTION.import) imports = readImports(contents);
    else if (id === SECTION.table) checkTables(contents);
    else if (id === SECTION.element) tableFunctions = readElements(contents);
    else if (id === SECTION.global) globals = contents.u32();
    else if (id === SECTION.custom && contents.name() === NAMES) named = readFunctionNames(contents);
    else if (id === SECTION.function) {
      for (let left = contents.u32(); left > 0; left--) {
        parameterCounts.push(typeParameters[contents.u32()] ?? 0);
      }
    }
    reader.skip(size);
  }
  const abortFunction = imports.functions.get('opa_abort');
  if (abortFunction === undefined) throw new RangeError('it does not import opa_abort');
  return {
    sections,
    importedFunctions: imports.functions.size,
    abortFunction,
    imported: imports.functions,
    named,
    globalCount: imports.globals + globals,
    parameterCounts,
    tableFunctions,
  };
}

function readTypes(reader: BinaryReader): number[] {
  const parameterCounts: number[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const form = reader.byte();
    if (form !== FUNCTION_TYPE) {
      throw new RangeError(`type 0x${form.toString(16)} at byte ${reader.offset - 1} is not known`);
    }
    const parameters = reader.u32();
    for (let values = parameters; values > 0; values--) skipValueType(reader);
    for (let values = reader.u32(); values > 0; values--) skipValueType(reader);
    parameterCounts.push(parameters);
  }
  return parameterCounts;
}

interface Imports {
  readonly functions: ReadonlyMap<string, number>;
  readonly globals: number;
}

function readImports(reader: BinaryReader): Imports {
  const functions = new Map<string, number>();
  let globals = 0;
  for (let left = reader.u32(); left > 0; left--) {
    reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind === KIND.func) {
      if (functions.has(name)) throw new RangeError(`it imports ${name} twice`);
      functions.set(name, functions.size);
      reader.u32();
    } else if (kind === KIND.memory) {
      reader.limits();
    } else if (kind === KIND.table) {
      reader.skip(1);
      reader.limits();
    } else if (kind === KIND.global) {
      globals++;
      reader.skip(2);
    } else {
      throw new RangeError(`import of an unknown kind at byte ${reader.offset - 1}`);
    }
  }
  return { functions, globals };
}

/** Only element segments may say which functions can be called through the table. */
function checkTables(reader: BinaryReader): void {
  const count = reader.u32();
  if (count > 1 || (count === 1 && reader.byte() !== FUNCTION_REFERENCE)) {
    throw new RangeError(`tables of an unknown kind before byte ${reader.offset}`);
  }
}

/** Segments of function indices that are put into the one table when the module is instantiated. */
function readElements(reader: BinaryReader): number[] {
  const functions: number[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const flags = reader.u32();
    const opcode = reader.byte();
    if (flags !== 0 || (opcode !== OP.i32Const && opcode !== OP.globalGet)) {
      throw new RangeError(`element segment of an unknown kind before byte ${reader.offset}`);
    }
    skipImmediates(reader, opcode);
    if (reader.byte() !== OP.end) throw new RangeError(`no end of a constant before byte ${reader.offset}`);
    for (let count = reader.u32(); count > 0; count--) functions.push(reader.u32());
  }
  return functions;
}

function readFunctionNames(reader: BinaryReader): Map<string, number> {
  const named = new Map<string, number>();
  while (!reader.atEnd()) {
    const id = reader.byte();
    const size = reader.u32();
    const end = reader.offset + size;
    for (let left = id === FUNCTION_NAMES ? reader.u32() : 0; left > 0; left--) {
      const index = reader.u32();
      const name = reader.name();
      if (!named.has(name)) named.set(name, index);
    }
    reader.offset = end;
  }
  return named;
}
