import type { JsonValue } from '../../json/value.ts';
import { toJson } from '../codec.ts';
import type { Operand, Statement } from '../plan/ir.ts';
import type { Locals, PlanTracer } from '../plan/tracer.ts';
import { ExactNumber, type RegoValue } from '../value.ts';

/** By a scalar's JSON text, what it met in a comparison, a lookup or a builtin. */
export type Met = ReadonlyMap<string, readonly JsonValue[]>;

const MAX_MEETINGS = 100;
const MAX_ALTERNATIVES = 10;

/**
 * Watches how far evaluations of a plan get, all of them together: an input that reaches a statement that none has reached is worth
 * staying near. And what the values of the last one met: put in their place, they may lead further.
 */
export class PlanWatcher implements PlanTracer {
  readonly #reached = new Set<Statement>();
  #met = new Map<string, JsonValue[]>();
  #meetings = 0;

  get reached(): number {
    return this.#reached.size;
  }

  /** Of the last evaluation. */
  get met(): Met {
    return this.#met;
  }

  /** Before an evaluation. */
  begin(): void {
    this.#met = new Map();
    this.#meetings = 0;
  }

  step(statement: Statement): void {
    this.#reached.add(statement);
  }

  undefinedAt(statement: Statement, locals: Locals): void {
    if (statement.op === 'Equal' || statement.op === 'NotEqual') {
      this.#meet([valueOf(statement.a, locals), valueOf(statement.b, locals)]);
    } else if (statement.op === 'Dot') {
      this.#meet([valueOf(statement.key, locals), valueOf(statement.source, locals)]);
    }
  }

  builtin(_name: string, args: readonly RegoValue[]): void {
    this.#meet(args);
  }

  enter(): void {}
  leave(): void {}
  remembered(): void {}

  #meet(values: readonly (RegoValue | undefined)[]): void {
    if (this.#meetings >= MAX_MEETINGS) return;
    this.#meetings++;
    for (const [index, value] of values.entries()) {
      if (value === undefined || !isScalar(value)) continue;
      const others = values.filter((_, at) => at !== index).flatMap(alternatives);
      if (others.length === 0) continue;
      const text = JSON.stringify(toJson(value));
      this.#met.set(text, (this.#met.get(text) ?? []).concat(others).slice(0, MAX_ALTERNATIVES));
    }
  }
}

/** A scalar and, of a number, its neighbours; elements and keys of a collection. */
function alternatives(value: RegoValue | undefined): JsonValue[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return [value, value + 1, value - 1];
  if (isScalar(value)) return [toJson(value)];
  const inside = value instanceof Map ? value.keys() : (value as Iterable<RegoValue>);
  const found: JsonValue[] = [];
  for (const each of inside) {
    if (found.length >= MAX_ALTERNATIVES) break;
    if (isScalar(each)) found.push(toJson(each));
  }
  return found;
}

const isScalar = (value: RegoValue): boolean =>
  value === null || typeof value !== 'object' || value instanceof ExactNumber;

const valueOf = (operand: Operand, locals: Locals): RegoValue | undefined =>
  'local' in operand ? locals[operand.local] : operand.constant;
