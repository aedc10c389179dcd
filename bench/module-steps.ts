/** The steps of a module's evaluation, each with those before it, on an instance of its own without deadlines. */
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import { EvaluationContext } from '../src/policy/evaluation-context.ts';
import { instantiate, type ModuleExports } from '../src/policy/wasm/abi.ts';
import { BuiltinBridge } from '../src/policy/wasm/builtin-bridge.ts';
import { BuiltinCalls } from '../src/policy/wasm/builtin-calls.ts';
import { Meter } from '../src/policy/wasm/metering/meter.ts';
import { readResult } from '../src/policy/wasm/result.ts';
import type { Act } from './measure.ts';

export interface StepQuestion {
  readonly entrypoint: string;
  readonly inputJson: Uint8Array | undefined;
  readonly wallMs: number;
}

/** Room for inputs and evaluations, so that nothing grows while it is measured. */
const HEADROOM_PAGES = 256;

/** Of the set's first module. */
export function moduleSteps(
  { modules, dataJson }: PolicySetDescriptor,
  questions: readonly StepQuestion[],
): Record<string, Act> {
  const module = modules[0]!;
  const context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
  });
  const pages = module.memoryPages.minimum + HEADROOM_PAGES + Math.ceil(dataJson.length / 2048);
  const memory = new WebAssembly.Memory({ initial: pages });
  let bytes = Buffer.from(memory.buffer);
  /** The memory as it is now: it may have grown. */
  const view = (): Buffer => (bytes.length === 0 ? (bytes = Buffer.from(memory.buffer)) : bytes);
  const meter = new Meter({});
  const exports = instantiate(module.module, memory, {
    abort: (address) => {
      if (!meter.refuels(address)) throw new Error('the module aborts');
    },
    println: () => {},
    callBuiltin: (id, _context, ...operands) => bridge.call(id, operands),
  }).exports as unknown as ModuleExports;
  const bridge = new BuiltinBridge(exports, new BuiltinCalls(module, BUILTINS, context), view);
  meter.attach(exports);
  const text = exports.opa_malloc(dataJson.length);
  view().set(dataJson, text);
  const evaluation = exports.opa_eval_ctx_new();
  exports.opa_eval_ctx_set_data(evaluation, exports.opa_json_parse(text, dataJson.length));
  const end = (exports.opa_heap_ptr_get() + 7) & ~7;
  bridge.fixedEnd = end;

  const asked = (turn: number): StepQuestion => questions[turn % questions.length]!;
  const write = ({ inputJson }: StepQuestion): number => {
    const length = inputJson?.length ?? 0;
    if (inputJson !== undefined) view().set(inputJson, end);
    exports.opa_heap_ptr_set((end + length + 7) & ~7);
    return length;
  };
  const parse = (question: StepQuestion): number => {
    const length = write(question);
    return question.inputJson === undefined ? 0 : exports.opa_json_parse(end, length);
  };
  const evaluate = (question: StepQuestion): number => {
    exports.opa_eval_ctx_set_input(evaluation, parse(question));
    exports.opa_eval_ctx_set_entrypoint(evaluation, module.entrypoints[question.entrypoint]!);
    context.begin(question.wallMs);
    return exports.eval(evaluation);
  };
  const dump = (question: StepQuestion): number => {
    evaluate(question);
    return exports.opa_json_dump(exports.opa_eval_ctx_get_result(evaluation));
  };
  return {
    'input written': (turn) => write(asked(turn)),
    'input parsed': (turn) => parse(asked(turn)),
    evaluated: (turn) => evaluate(asked(turn)),
    'result written': (turn) => dump(asked(turn)),
    'result read': (turn) => {
      const address = dump(asked(turn));
      return readResult(view(), address) ?? '';
    },
  };
}
