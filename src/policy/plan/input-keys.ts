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
    const { static: tables, plans, funcs } = parseJson(plan) as unknown as Plan;
    const strings = (tables.strings ?? []).map(({ value }) => value);
    const functions = new Map((funcs.funcs ?? []).map((each) => [each.name, each]));
    const walked = new Map<PlannedFunction, Walk>();
    const walkOf = (called: PlannedFunction): Walk => {
      let walk = walked.get(called);
      if (walk === undefined) walked.set(called, (walk = new Walk(strings, functions, called.blocks)));
      return walk;
    };
    const found: Record<string, readonly string[]> = {};
    for (const { name, blocks } of plans.plans) {
      const keys = keysFrom(new Walk(strings, functions, blocks), walkOf);
      if (keys !== undefined) found[name] = keys;
    }
    return found;
  } catch {
    return {};
  }
}

/** Of a plan and of every function that it can reach; undefined where one of them uses the input in another way. */
function keysFrom(start: Walk, walkOf: (called: PlannedFunction) => Walk): readonly string[] | undefined {
  if (!start.understood) return undefined;
  const keys = new Set(start.keys);
  const reached = new Set(start.calls);
  // Grows while it is walked: every function that can be reached.
  for (const called of reached) {
    const walk = walkOf(called);
    if (called.params[0] !== INPUT || !walk.understood) return undefined;
    for (const key of walk.keys) keys.add(key);
    for (const next of walk.calls) reached.add(next);
  }
  return [...keys].sort();
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

/** What blocks read of the input themselves, and the functions that they can call with it. */
class Walk {
  readonly keys: Set<string> = new Set();
  readonly calls: Set<PlannedFunction> = new Set();
  /** False where the input is used in another way than by constant keys. */
  readonly understood: boolean;
  readonly #strings: readonly string[];
  readonly #functions: ReadonlyMap<string, PlannedFunction>;

  constructor(
    strings: readonly string[],
    functions: ReadonlyMap<string, PlannedFunction>,
    blocks: JsonValue,
  ) {
    this.#strings = strings;
    this.#functions = functions;
    this.understood = this.#onlyByKeys(blocks);
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
    this.keys.add(text);
    return true;
  }

  /** Takes in the functions that the statement can call; false for a builtin, which may do anything with its arguments. */
  #reach(type: string, stmt: JsonObject): boolean {
    if (type === 'CallDynamicStmt') {
      // The path is known only when it runs: it may be any function of the rules.
      for (const each of this.#functions.values()) this.calls.add(each);
      return true;
    }
    const called = this.#functions.get(stmt['func'] as string);
    if (called !== undefined) this.calls.add(called);
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
