import type { Builtin } from '../builtins/builtin.ts';
import { decodeRego, encodeRego } from '../codec.ts';
import type { ModuleDescriptor } from '../descriptor.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { invokeBuiltin } from '../invoke-builtin.ts';
import { RECORDED } from '../recorded-effects.ts';
import type { RegoValue } from '../value.ts';
import { hostAnswer } from './host-answers.ts';
import type { InstanceHost } from './instance.ts';
import { type Operand, RegoText } from './rego-text.ts';
import { checkBuiltins } from './unknown-builtins.ts';

/**
 * Calls the builtins of one module. Nothing that a builtin does is thrown through the module, which would cost the
 * instance: an error makes the result undefined, a halt or a defect is kept and fails the evaluation once the module has returned.
 */
export class BuiltinCalls implements InstanceHost {
  /** By the module's number for them. */
  readonly #table: readonly (Builtin | undefined)[];
  /** Those of the table whose calls decisions record. */
  readonly #recorded: readonly boolean[];
  readonly #context: EvaluationContext;

  /** @throws PortcullisError `bundle_builtin_unknown` */
  constructor(
    descriptor: ModuleDescriptor,
    builtins: ReadonlyMap<string, Builtin>,
    context: EvaluationContext,
  ) {
    this.#table = tableOf(descriptor, builtins);
    this.#recorded = Array.from(
      this.#table,
      (builtin) => builtin?.effects.some((effect) => RECORDED.has(effect)) === true,
    );
    this.#context = context;
  }

  /** Calls whose operands decisions record, in the module's own words. */
  wantsTexts(id: number): boolean {
    return id >= 0 && this.#recorded[id] === true;
  }

  invoke(id: number, operands: readonly Operand[]): boolean | string | RegoText | undefined {
    const context = this.#context;
    const builtin = id < 0 ? hostAnswer(id) : this.#table[id];
    if (builtin === undefined) {
      context.fail(`the module calls builtin number ${id}, which its table does not name`);
      return undefined;
    }
    try {
      const result = invokeBuiltin(context, builtin, valuesOf(operands), () => operands.map(textOf));
      if (typeof result === 'boolean' || typeof result === 'string' || result === undefined) return result;
      return new RegoText(encodeRego(result));
    } catch (thrown) {
      context.fail(`${builtin.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
      return undefined;
    }
  }

  print(message: string): void {
    this.#context.print(message);
  }
}

function valuesOf(operands: readonly Operand[]): RegoValue[] {
  for (const operand of operands) {
    if (operand instanceof RegoText) {
      return operands.map((each) => (each instanceof RegoText ? decodeRego(each.text) : each));
    }
  }
  return operands as RegoValue[];
}

function textOf(operand: Operand): string {
  return operand instanceof RegoText ? operand.text : encodeRego(operand);
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
