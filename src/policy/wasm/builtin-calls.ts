import type { Builtin } from '../builtins/builtin.ts';
import { bytesOfText } from '../builtins/byte-text.ts';
import { decodeRego, encodeRego } from '../codec.ts';
import type { ModuleDescriptor } from '../descriptor.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { invokeBuiltin } from '../invoke-builtin.ts';
import { hostAnswer } from './host-answers.ts';
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

  invoke(id: number, args: readonly string[]): string | Uint8Array | undefined {
    const context = this.#context;
    const builtin = id < 0 ? hostAnswer(id) : this.#table[id];
    if (builtin === undefined) {
      context.calling(undefined);
      context.fail(`the module calls builtin number ${id}, which its table does not name`);
      return undefined;
    }
    try {
      const result = invokeBuiltin(context, builtin, args.map(decodeRego), () => args);
      if (result === undefined) return undefined;
      return typeof result === 'string' && !result.isWellFormed() ? bytesOfText(result) : encodeRego(result);
    } catch (thrown) {
      context.fail(`${builtin.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
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
