import { Buffer } from 'node:buffer';
import { parseJson } from '../../json/parse.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';

/** By entrypoint, the top-level keys of the input that it can read; an entrypoint that is not there can read all of it. */
export type InputKeys = Readonly<Record<string, readonly string[]>>;

/**
 * Reads from a plan (OPA's IR, https://www.openpolicyagent.org/docs/ir) which top-level keys of the input each
 * entrypoint can read. Every function has the input in its local 0. As long as that is only looked into by a constant key
 * or handed to another function as its input, the keys are all that can be read; with any other use, and with whatever is
 * not understood here, the entrypoint is left out. The plan must be one that the bundle's signature binds to its module.
 */
export function inputKeys(plan: Uint8Array): InputKeys {
  try {
    const { static: tables, plans, funcs } = parseJson(Buffer.from(plan)) as unknown as Plan;
    const strings = (tables.strings ?? []).map(({ value }) => value);
    const functions = new Map((funcs.funcs ?? []).map((each) => [each.name, each]));
    const found: Record<string, readonly string[]> = {};
    for (const { name, blocks } of plans.plans) {
      const keys = new Walk(strings, functions).from(blocks);
      if (keys !== undefined) found[name] = keys;
    }
    return found;
  } catch {
    return {};
  }
}

interface Plan {
  readonly static: { readonly strings?: readonly { readonly value: string }[] };
  readonly plans: { readonly plans: readonly { readonly name: string; readonly blocks: JsonValue }[] };
  readonly funcs: { readonly funcs?: readonly PlannedFunction[] };
}

interface PlannedFunction {
  readonly name: string;
  readonly params: readonly number[];
  readonly blocks: JsonValue;
}

const INPUT = 0;

/** Statements whose fields are understood: locals, operands, nested blocks, and numbers that are neither. */
const UNDERSTOOD: ReadonlySet<string> = new Set(
  (
    'ArrayAppend AssignInt AssignVarOnce AssignVar Block Break CallDynamic Call Dot Equal IsArray IsDefined IsObject ' +
    'IsSet IsUndefined Len MakeArray MakeNull MakeNumberInt MakeNumberRef MakeObject MakeSet NotEqual Not Nop ObjectInsertOnce ' +
    'ObjectInsert ObjectMerge ResetLocal ResultSetAdd ReturnLocal Scan SetAdd With'
  )
    .split(' ')
    .map((name) => `${name}Stmt`),
);

/** Fields with numbers that are no locals. `value` is one in every statement but those that make integers. */
const NO_LOCALS: ReadonlySet<string> = new Set([
  'file',
  'col',
  'row',
  'end_col',
  'end_row',
  'index',
  'Index',
  'capacity',
]);
const MAKES_INTEGER: ReadonlySet<string> = new Set(['AssignIntStmt', 'MakeNumberIntStmt']);

class Walk {
  readonly #strings: readonly string[];
  readonly #functions: ReadonlyMap<string, PlannedFunction>;
  readonly #keys = new Set<string>();
  readonly #reached = new Set<PlannedFunction>();

  constructor(strings: readonly string[], functions: ReadonlyMap<string, PlannedFunction>) {
    this.#strings = strings;
    this.#functions = functions;
  }

  /** Undefined where the input is used in another way than by constant keys. */
  from(blocks: JsonValue): readonly string[] | undefined {
    if (!this.#onlyByKeys(blocks)) return undefined;
    // Grows while it is walked: every function that can be reached.
    for (const { params, blocks: body } of this.#reached) {
      if (params[0] !== INPUT || !this.#onlyByKeys(body)) return undefined;
    }
    return [...this.#keys].sort();
  }

  #onlyByKeys(value: JsonValue): boolean {
    if (Array.isArray(value)) return value.every((each) => this.#onlyByKeys(each));
    if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return true;
    const { type, stmt } = value;
    if (typeof type === 'string' && isObject(stmt))
      return UNDERSTOOD.has(type) && this.#statement(type, stmt);
    if (type === 'local') return value['value'] !== INPUT;
    return Object.values(value).every((each) => this.#onlyByKeys(each));
  }

  #statement(type: string, stmt: JsonObject): boolean {
    const rest: JsonObject = { ...stmt };
    if (type === 'DotStmt' && isInput(stmt['source']) && this.#addKey(stmt['key'])) delete rest['source'];
    // Whether there is an input at all.
    if (type === 'IsDefinedStmt' || type === 'IsUndefinedStmt') delete rest['source'];
    if (type === 'CallStmt' || type === 'CallDynamicStmt') {
      const [first, ...others] = argumentsOf(stmt['args']);
      if (first !== undefined && isInput(first) && this.#reach(type, stmt)) rest['args'] = others;
    }
    return Object.entries(rest).every(([name, field]) => {
      if (NO_LOCALS.has(name) || (name === 'value' && MAKES_INTEGER.has(type))) return true;
      if (name === 'path' && type === 'WithStmt') return true;
      if (name === 'args') return argumentsOf(field).every((arg) => !isInput(arg));
      return field !== INPUT && this.#onlyByKeys(field);
    });
  }

  #addKey(key: JsonValue | undefined): boolean {
    if (!isObject(key) || key['type'] !== 'string_index') return false;
    const text = this.#strings[key['value'] as number];
    if (text === undefined) return false;
    this.#keys.add(text);
    return true;
  }

  /** Takes in the functions that the statement can call; false for a builtin, which may do anything with its arguments. */
  #reach(type: string, stmt: JsonObject): boolean {
    if (type === 'CallDynamicStmt') {
      // The path is known only when it runs: it may be any function of the rules.
      for (const each of this.#functions.values()) this.#reached.add(each);
      return true;
    }
    const called = this.#functions.get(stmt['func'] as string);
    if (called !== undefined) this.#reached.add(called);
    return called !== undefined;
  }
}

/** OPA writes null for a call without arguments, such as `time.now_ns()`. */
const argumentsOf = (args: JsonValue | undefined): readonly JsonValue[] => (args ?? []) as JsonValue[];

/** An operand, or a bare number where the plan leaves out the wrapping, that is the input. */
const isInput = (value: JsonValue | undefined): boolean =>
  value === INPUT || (isObject(value) && value['type'] === 'local' && value['value'] === INPUT);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
