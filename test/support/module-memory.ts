/** A module's memory under a test's eyes: what an evaluation changes in it that must last. */
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { EvaluationContext } from '../../src/policy/evaluation-context.ts';
import { instantiate, type ModuleExports, readText } from '../../src/policy/wasm/abi.ts';
import { BuiltinBridge } from '../../src/policy/wasm/builtin-bridge.ts';
import { BuiltinCalls } from '../../src/policy/wasm/builtin-calls.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { ModuleAbort } from '../../src/policy/wasm/failure.ts';
import { Meter } from '../../src/policy/wasm/metering/meter.ts';

/** The C stack takes the first page; OPA's library lays its data behind it. */
const STATIC_START = 65_536;
/** How often an evaluation is given fuel, enough for what is not endless. */
const MAX_LOOKS = 3;
const CHECKS_PER_LOOK = 1_000_000;

/**
 * What the C library of OPA 1.22 changes rightly, from and to: such words are reset before each evaluation, or mean
 * nothing to the next one. A new library may lay them elsewhere; the test names the addresses then.
 */
const CHANGING: readonly (readonly [number, number, string])[] = [
  [119_232, 119_392, 'heap_free: the lists of free blocks (malloc.c)'],
  [119_712, 119_720, 'heap_ptr and heap_top (malloc.c)'],
  [119_720, 119_752, 'builtin_cache: compiled patterns (malloc.c)'],
  [119_760, 119_764, 'm: values of rules already evaluated (memoize.c)'],
  [119_868, 119_888, 'what RE2 sets up once'],
];
const WORD = 4;
/** entrypoint, input, data and result, and the header of their block. */
const CONTEXT_HEADER_BYTES = 4;
const CONTEXT_BYTES = 16;

interface Loaded {
  readonly memory: WebAssembly.Memory;
  readonly exports: ModuleExports;
  readonly calls: BuiltinCalls;
  readonly context: EvaluationContext;
  readonly dataStart: number;
  readonly end: number;
  readonly evaluation: number;
  readonly looks: { left: number };
}

type Outcome = 'answered' | 'stopped' | 'trapped';

export class ModuleMemory {
  readonly #module: WebAssembly.Module;
  readonly #descriptor: Awaited<ReturnType<typeof compileModule>>;
  readonly #data: Buffer;
  #loaded: Loaded;
  #before: Buffer;

  private constructor(
    module: WebAssembly.Module,
    descriptor: Awaited<ReturnType<typeof compileModule>>,
    data: string,
  ) {
    this.#module = module;
    this.#descriptor = descriptor;
    this.#data = Buffer.from(data);
    this.#loaded = this.#load();
    this.#before = this.#lasting();
  }

  /** As activation compiles it; unless `repaired`, as `opa build` gave it, which is not metered either. */
  static async of(bytes: Buffer, data: string, repaired = true): Promise<ModuleMemory> {
    const descriptor = await compileModule('memory', bytes, new Set(BUILTINS.keys()));
    const module = repaired ? descriptor.module : await WebAssembly.compile(new Uint8Array(bytes));
    return new ModuleMemory(module, descriptor, data);
  }

  /**
   * Evaluates once and names the words that must last and did not, as `address: before → after`. Starts anew when there are
   * any, and when the module threw.
   */
  changedBy(entrypoint: string, input: string): { outcome: Outcome; changed: readonly string[] } {
    const outcome = this.#evaluate(entrypoint, Buffer.from(input));
    const after = this.#lasting();
    const { dataStart } = this.#loaded;
    // Static data is written anew after an abort: only the base data has to be sound.
    const changed = this.#differences(after, outcome === 'stopped' ? dataStart : STATIC_START);
    if (outcome !== 'answered' || changed.length > 0) {
      this.#loaded = this.#load();
      this.#before = this.#lasting();
    }
    return { outcome, changed };
  }

  #load(): Loaded {
    const memory = new WebAssembly.Memory({ initial: 60, maximum: 2000 });
    const looks = { left: 0 };
    const context = new EvaluationContext({
      randomBytes: (size) => new Uint8Array(size),
      runtime: new Map(),
      onPrint: () => {},
      network: undefined,
    });
    const calls = new BuiltinCalls(this.#descriptor, BUILTINS, context);
    const meter = new Meter({
      tick: () => {
        if (looks.left-- > 0) return CHECKS_PER_LOOK;
        throw new ModuleAbort('the fuel is used up');
      },
    });
    const text = (address: number): string => readText(Buffer.from(memory.buffer), address);
    const put = (json: Buffer): number => {
      const address = exports.opa_malloc(json.length);
      Buffer.from(memory.buffer).set(json, address);
      return address;
    };
    const { exports: offered } = instantiate(this.#module, memory, {
      abort: (address) => {
        if (!meter.refuels(address)) throw new ModuleAbort(text(address));
      },
      println: () => {},
      callBuiltin: (id, _context, ...operands) => bridge.call(id, operands),
    });
    const exports = offered as unknown as ModuleExports;
    const bridge = new BuiltinBridge(exports, calls, () => Buffer.from(memory.buffer));
    meter.attach(exports);
    looks.left = MAX_LOOKS;
    const dataStart = exports.opa_heap_ptr_get();
    exports.opa_heap_ptr_set(dataStart);
    const data = exports.opa_json_parse(put(this.#data), this.#data.length);
    const evaluation = exports.opa_eval_ctx_new();
    exports.opa_eval_ctx_set_data(evaluation, data);
    const end = (exports.opa_heap_ptr_get() + 7) & ~7;
    bridge.fixedEnd = end;
    return { memory, exports, calls, context, dataStart, end, evaluation, looks };
  }

  #evaluate(entrypoint: string, input: Buffer): Outcome {
    const { memory, exports, context, end, evaluation, looks } = this.#loaded;
    looks.left = MAX_LOOKS;
    context.begin(0);
    try {
      Buffer.from(memory.buffer).set(input, end);
      exports.opa_heap_ptr_set((end + input.length + 7) & ~7);
      exports.opa_eval_ctx_set_input(evaluation, exports.opa_json_parse(end, input.length));
      exports.opa_eval_ctx_set_entrypoint(evaluation, this.#descriptor.entrypoints[entrypoint]!);
      exports.eval(evaluation);
      exports.opa_json_dump(exports.opa_eval_ctx_get_result(evaluation));
      return 'answered';
    } catch (thrown) {
      return thrown instanceof ModuleAbort ? 'stopped' : 'trapped';
    }
  }

  /** A copy of static and base data, without what may change. */
  #lasting(): Buffer {
    const { memory, end, evaluation } = this.#loaded;
    const copy = Buffer.from(Buffer.from(memory.buffer, STATIC_START, end - STATIC_START));
    for (const [from, to] of CHANGING) copy.fill(0, from - STATIC_START, to - STATIC_START);
    const context = evaluation - STATIC_START;
    return copy.fill(0, context - CONTEXT_HEADER_BYTES, context + CONTEXT_BYTES);
  }

  #differences(after: Buffer, from: number): readonly string[] {
    const before = this.#before;
    if (before.equals(after)) return [];
    const changed: string[] = [];
    for (let at = from - STATIC_START; at + WORD <= after.length; at += WORD) {
      const [was, is] = [before.readUInt32LE(at), after.readUInt32LE(at)];
      if (was !== is) changed.push(`${at + STATIC_START}: ${was} → ${is}`);
    }
    return changed;
  }
}
