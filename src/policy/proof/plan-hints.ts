import type { JsonValue } from '../../json/value.ts';
import { toJson } from '../codec.ts';
import { type Block, INPUT_LOCAL, type Operand, type Plan, type Statement } from '../plan/ir.ts';

/** Any key of an object, any element of an array. */
export const ANY = '*';

/** What a plan shows at a glance of the inputs that it is made for. */
export interface PlanHints {
  /** Where it looks in the input, from its top. */
  readonly paths: readonly (readonly string[])[];
  /** What it compares with what it finds at a path, by `pathText`. */
  readonly valuesAt: ReadonlyMap<string, readonly JsonValue[]>;
  /** Every constant. */
  readonly constants: readonly JsonValue[];
}

type Path = readonly string[];
type Known = Map<number, Path>;

/** More differently called functions, and longer paths, tell nothing new. */
const MAX_VISITS = 2_000;
const MAX_PATH = 12;

/** One text for one path. */
export const pathText = (path: Path): string => JSON.stringify(path);

/**
 * Collects what an entrypoint's rules look at, by the names they write. Neither complete nor sound, and on purpose nothing of the analysis
 * that footprints come from: inputs that are made from it find what that one forgets.
 */
export function planHints(plan: Plan, entrypoint: string): PlanHints {
  const hints = new Hints(plan);
  const start = plan.entrypoints.get(entrypoint);
  if (start !== undefined) hints.walk(start.blocks, new Map([[INPUT_LOCAL, []]]));
  return {
    paths: [...hints.paths.values()],
    valuesAt: new Map(Array.from(hints.values, ([path, values]) => [path, [...values.values()]])),
    constants: [...hints.constants.values()],
  };
}

class Hints {
  readonly paths: Map<string, Path> = new Map();
  readonly values: Map<string, Map<string, JsonValue>> = new Map();
  readonly constants: Map<string, JsonValue> = new Map();
  readonly #plan: Plan;
  readonly #visited = new Set<string>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  walk(blocks: readonly Block[], known: Known, numbers: Map<number, JsonValue> = new Map()): void {
    for (const block of blocks) for (const statement of block) this.#statement(statement, known, numbers);
  }

  #statement(statement: Statement, known: Known, numbers: Map<number, JsonValue>): void {
    for (const operand of Object.values(statement)) {
      if (isConstant(operand)) this.#constant(operand.constant);
    }
    const { op } = statement;
    if (op === 'Dot') this.#step(known, pathOf(statement.source, known), statement.key, statement.target);
    else if (op === 'AssignVar' || op === 'AssignVarOnce') {
      const path = pathOf(statement.source, known);
      if (path !== undefined) known.set(statement.target, path);
    } else if (op === 'MakeNumber') {
      const value = toJson(statement.value);
      numbers.set(statement.target, value);
      this.#constant(value);
    } else if (op === 'Equal' || op === 'NotEqual') {
      this.#compared(statement.a, statement.b, known, numbers);
      this.#compared(statement.b, statement.a, known, numbers);
    } else if (op === 'Call') this.#call(statement.func, statement.args, known);
    else if (op === 'Block') this.walk(statement.blocks, known, numbers);
    else if (op === 'Scan') {
      this.#step(known, known.get(statement.source), { local: statement.key }, statement.value);
      this.walk([statement.block], known, numbers);
    } else if (op === 'Not' || op === 'With') this.walk([statement.block], known, numbers);
  }

  #step(known: Known, source: Path | undefined, key: Operand, target: number): void {
    if (source === undefined || source.length >= MAX_PATH) return;
    const name = isConstant(key) && typeof key.constant === 'string' ? key.constant : ANY;
    const path = [...source, name];
    this.paths.set(pathText(path), path);
    known.set(target, path);
  }

  #compared(a: Operand, b: Operand, known: Known, numbers: ReadonlyMap<number, JsonValue>): void {
    const path = pathOf(a, known);
    const value = isConstant(b) ? b.constant : numbers.get(b.local);
    if (path === undefined || value === undefined) return;
    const text = pathText(path);
    const values = this.values.get(text) ?? new Map<string, JsonValue>();
    this.values.set(text, values.set(JSON.stringify(value), value));
  }

  /** Functions are gone through once for each way in which they are handed parts of the input. */
  #call(func: string, args: readonly Operand[], known: Known): void {
    for (const arg of args) if (isConstant(arg)) this.#constant(arg.constant);
    const called = this.#plan.functions.get(func);
    if (called === undefined) return;
    const handed: Known = new Map();
    for (const [index, param] of called.params.entries()) {
      const path = args[index] && pathOf(args[index], known);
      if (path !== undefined) handed.set(param, path);
    }
    const visit = `${func} ${JSON.stringify([...handed])}`;
    if (this.#visited.has(visit) || this.#visited.size >= MAX_VISITS) return;
    this.#visited.add(visit);
    this.walk(called.blocks, handed);
  }

  #constant(value: JsonValue): void {
    this.constants.set(JSON.stringify(value), value);
  }
}

const pathOf = (operand: Operand, known: Known): Path | undefined =>
  'local' in operand ? known.get(operand.local) : undefined;

const isConstant = (operand: unknown): operand is { readonly constant: string | boolean } =>
  typeof operand === 'object' && operand !== null && 'constant' in operand;
