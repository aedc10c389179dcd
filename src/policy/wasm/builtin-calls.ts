import { type Builtin, BuiltinError } from '../builtins/builtin.ts';
import type { ModuleDescriptor } from '../descriptor.ts';
import { decodeRego, encodeRego } from './codec.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { InstanceHost } from './instance.ts';
import { checkBuiltins } from './unknown-builtins.ts';

/**
 * Calls the builtins of one module. Nothing that a builtin does is thrown through the module, which would cost the
 * instance: an error makes the result undefined, a halt or a defect is kept and fails the evaluation once the module has returned.
 */
export class BuiltinCalls implements InstanceHost {
  /** By the module's number for them. */
  readonly #table: readonly (Builtin | undefined)[];
  readonly #context: EvaluationContext;

  /** @throws PortcullisError `bundle_builtin_unknown` */
  constructor(
    descriptor: ModuleDescriptor,
    builtins: ReadonlyMap<string, Builtin>,
    context: EvaluationContext,
  ) {
    this.#table = tableOf(descriptor, builtins);
    this.#context = context;
  }

  invoke(id: number, args: readonly string[]): string | undefined {
    const context = this.#context;
    // After a failure the answer no longer matters: spare the side effects.
    if (context.failure !== undefined) return undefined;
    const builtin = this.#table[id];
    context.calling(builtin);
    if (builtin === undefined) {
      context.fail(`the module calls builtin number ${id}, which its table does not name`);
      return undefined;
    }
    try {
      const result = builtin.call(context, ...args.map(decodeRego));
      if (result === undefined) return undefined;
      const text = encodeRego(result);
      context.called(builtin, args, result);
      return text;
    } catch (thrown) {
      const message = `${builtin.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      if (thrown instanceof BuiltinError && !thrown.halt) context.erred(message);
      else context.fail(message, thrown);
      return undefined;
    }
  }

  print(message: string): void {
    this.#context.print(message);
  }
}

function tableOf(
  descriptor: ModuleDescriptor,
  builtins: ReadonlyMap<string, Builtin>,
): readonly (Builtin | undefined)[] {
  checkBuiltins(descriptor.bundle, Object.keys(descriptor.builtins), builtins);
  const table: (Builtin | undefined)[] = [];
  for (const [name, id] of Object.entries(descriptor.builtins)) table[id] = builtins.get(name);
  return table;
}
