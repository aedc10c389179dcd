import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import { platformParse } from '../../json/platform-parse.ts';
import type { ModuleDescriptor } from '../descriptor.ts';
import { EXPORTED_FUNCTIONS, IMPORTS, instantiate, type ModuleExports, readText } from './abi.ts';
import { type MemoryPages, readMemoryImport } from './memory-import.ts';
import { Meter } from './metering/meter.ts';
import { meterModule } from './metering/meter-module.ts';
import { repairsOf } from './repairs.ts';
import { checkBuiltins } from './unknown-builtins.ts';

/** OPA (1.22) computes the minimum before it adds its last data segment, the table of rules: that may lie beyond. */
const HEADROOM_PAGES = 16;
/** A module's start takes some milliseconds, as does writing its tables. */
const MAX_START_MS = 5000;
const CHECKS_PER_LOOK = 10_000;
const ABI_MAJOR = 1;
/** Came with OPA 0.35. A higher minor version only adds. */
const ABI_MINIMUM_MINOR = 2;

/**
 * Compiles a bundle's module and reads what it offers and needs, with an instance that is then thrown away.
 * The module is metered on the way, so that evaluations can be interrupted, and repaired; the digest is that of the original bytes.
 * @throws PortcullisError `bundle_module_invalid`: not WASM, imports or exports that are not OPA's, another ABI version.
 * @throws PortcullisError `bundle_builtin_unknown`: naming every host builtin that is not in `knownBuiltins`.
 */
export async function compileModule(
  bundle: string,
  bytes: Uint8Array,
  knownBuiltins: ReadonlySet<string>,
  clock: Clock = systemClock,
): Promise<ModuleDescriptor> {
  const invalid = (why: string, cause?: unknown): PortcullisError =>
    new PortcullisError('bundle_module_invalid', `module of bundle "${bundle}": ${why}`, { cause });

  let memoryPages: MemoryPages | undefined;
  try {
    // Compiled as it is first: code that is not valid by itself could reach what metering adds.
    const original = await WebAssembly.compile(ownBytes(bytes));
    const misfit = misfitOf(original);
    if (misfit !== undefined) throw invalid(misfit);
    memoryPages = readMemoryImport(bytes);
  } catch (cause) {
    if (cause instanceof PortcullisError) throw cause;
    throw invalid(`not a WebAssembly module (${text(cause)})`, cause);
  }
  if (memoryPages === undefined) throw invalid('it does not import its memory');

  let module: WebAssembly.Module;
  let tables: Tables;
  try {
    module = await WebAssembly.compile(meterModule(bytes, repairsOf));
    tables = readTables(module, memoryPages, clock);
  } catch (cause) {
    throw invalid(text(cause), cause);
  }
  checkBuiltins(bundle, Object.keys(tables.builtins), knownBuiltins);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { bundle, module, digest, memoryPages, ...tables };
}

interface Tables {
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly builtins: Readonly<Record<string, number>>;
}

function readTables(module: WebAssembly.Module, pages: MemoryPages, clock: Clock): Tables {
  const memory = new WebAssembly.Memory({
    initial: Math.min(pages.minimum + HEADROOM_PAGES, pages.maximum ?? Number.POSITIVE_INFINITY),
    ...(pages.maximum === undefined ? {} : { maximum: pages.maximum }),
  });
  const endMs = clock.monotonicMs() + MAX_START_MS;
  const meter = new Meter({
    tick: () => {
      if (clock.monotonicMs() < endMs) return CHECKS_PER_LOOK;
      throw new Error(`it does not come to rest within ${MAX_START_MS / 1000} seconds of its start`);
    },
  });
  const instance = instantiate(module, memory, {
    abort: (address) => {
      if (meter.refuels(address)) return;
      throw new Error(`it aborts: ${readText(Buffer.from(memory.buffer), address)}`);
    },
    println: () => {},
    callBuiltin: () => 0,
  });
  checkVersion(instance.exports);
  const exports = instance.exports as unknown as ModuleExports;
  meter.attach(exports);
  const read = (address: number): Record<string, number> => {
    // Dumping a large table grows the memory, so look at its buffer afterwards.
    const dumped = exports.opa_json_dump(address);
    return numbers(platformParse(readText(Buffer.from(memory.buffer), dumped)));
  };
  return { entrypoints: read(exports.entrypoints()), builtins: read(exports.builtins()) };
}

function checkVersion(exports: Record<string, unknown>): void {
  const { opa_wasm_abi_version: major, opa_wasm_abi_minor_version: minor } = exports;
  if (!(major instanceof WebAssembly.Global) || !(minor instanceof WebAssembly.Global)) {
    throw new Error('it does not export the version of its ABI');
  }
  if (major.value !== ABI_MAJOR || minor.value < ABI_MINIMUM_MINOR) {
    throw new Error(
      `its ABI is ${major.value}.${minor.value}, not ${ABI_MAJOR}.${ABI_MINIMUM_MINOR} or newer`,
    );
  }
}

/** Says what keeps a module from being OPA's; undefined when nothing does. */
function misfitOf(module: WebAssembly.Module): string | undefined {
  for (const { module: space, name, kind } of WebAssembly.Module.imports(module)) {
    if (space !== 'env' || IMPORTS.get(name) !== kind)
      return `it imports ${space}.${name}, which OPA's modules do not`;
  }
  const offered = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  const missing = EXPORTED_FUNCTIONS.filter((name) => offered.get(name) !== 'function');
  return missing.length > 0 ? `it does not export ${missing.join(', ')}` : undefined;
}

function numbers(table: unknown): Record<string, number> {
  if (typeof table !== 'object' || table === null)
    throw new Error('its entrypoint or builtin table is no object');
  const result: Record<string, number> = Object.create(null);
  for (const [name, id] of Object.entries(table)) {
    if (!Number.isInteger(id)) throw new Error(`its table gives "${name}" no number`);
    result[name] = id as number;
  }
  return result;
}

/** WebAssembly does not compile from shared memory, and types say so. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function text(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
