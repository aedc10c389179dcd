import { PortcullisError } from '../../errors.ts';
import { decodeText } from '../../json/decode-text.ts';
import type { Block, DeclaredType, EntrypointPlan, Plan, PlanFunction } from './ir.ts';
import { fieldOf, isNumber, isObject, isString, type JsonRecord, listOf, refuse } from './plan-json.ts';
import { StatementReader } from './read-statement.ts';

/**
 * Reads a plan as `opa build -t plan` writes it (v1/ir/marshal.go, v1/ir/plan.schema.json). Strict: what is not understood
 * is refused, as is what points nowhere, so that an evaluation meets neither. Throws PortcullisError `bundle_plan_invalid`.
 */
export function readPlan(bytes: Uint8Array): Plan {
  const policy = parsePlan(bytes);
  const reader = new PlanReader(policy);
  reader.addFunctions(listOf(optional(policy, 'funcs')['funcs'], isObject));
  reader.addEntrypoints(listOf(optional(policy, 'plans')['plans'], isObject));
  return reader.finish();
}

/** Reads a plan piece by piece: all functions before the entrypoints. All methods throw `bundle_plan_invalid`. */
export class PlanReader {
  readonly #policy: JsonRecord;
  readonly #declared: readonly JsonRecord[];
  readonly #names: readonly string[];
  readonly #files: readonly string[];
  readonly #reader: StatementReader;
  readonly #functions = new Map<string, PlanFunction>();
  readonly #entrypoints = new Map<string, EntrypointPlan>();

  /** `policy` is the document; its functions and entrypoints are not looked at. */
  constructor(policy: unknown) {
    if (!isObject(policy)) refuse('the document is no object');
    const tables = fieldOf(policy, 'static', isObject);
    const texts = (name: string): string[] =>
      listOf(tables[name], isObject).map((each) => fieldOf(each, 'value', isString));
    this.#policy = policy;
    this.#declared = listOf(tables['builtin_funcs'], isObject);
    this.#names = this.#declared.map((each) => fieldOf(each, 'name', isString));
    this.#files = texts('files');
    this.#reader = new StatementReader(texts('strings'), this.#files);
  }

  addFunctions(functions: readonly JsonRecord[]): void {
    for (const each of functions) {
      const read = readFunction(each, this.#reader);
      if (this.#functions.has(read.name)) refuse(`function ${read.name} is there twice`);
      this.#functions.set(read.name, read);
    }
  }

  addEntrypoints(entrypoints: readonly JsonRecord[]): void {
    for (const each of entrypoints) {
      const name = fieldOf(each, 'name', isString);
      this.#entrypoints.set(name, { name, ...readBlocks(each, this.#reader) });
    }
  }

  finish(): Plan {
    const names = this.#names;
    for (const { func, args } of this.#reader.calls) {
      const known = this.#functions.get(func);
      if (known === undefined ? !names.includes(func) : known.params.length !== args) {
        refuse(`a call of ${func} with ${args} arguments, which nothing takes`);
      }
    }
    return {
      entrypoints: this.#entrypoints,
      functions: this.#functions,
      builtins: names,
      argumentTypes: new Map(this.#declared.map((each, i) => [names[i] as string, argumentTypes(each)])),
      resultTypes: new Map(this.#declared.flatMap((each, i) => resultType(each, names[i] as string))),
      files: this.#files,
      unplanned: listOf(this.#policy['unplanned_rules'], isObject).map((each) => ({
        path: fieldOf(each, 'path', isString),
        at: this.#reader.location(fieldOf(each, 'location', isObject)),
      })),
    };
  }
}

/** The document, unread. Throws `bundle_plan_invalid`. */
export function parsePlan(bytes: Uint8Array): JsonRecord {
  try {
    const policy: unknown = JSON.parse(decodeText(bytes, {}));
    if (isObject(policy)) return policy;
  } catch (cause) {
    throw new PortcullisError('bundle_plan_invalid', 'the plan is not JSON', { cause });
  }
  return refuse('the document is no object');
}

/** OPA leaves out what is empty. */
function optional(policy: JsonRecord, name: string): JsonRecord {
  return policy[name] === undefined ? {} : fieldOf(policy, name, isObject);
}

function readFunction(json: JsonRecord, reader: StatementReader): PlanFunction {
  const name = fieldOf(json, 'name', isString);
  const params = listOf(json['params'], isNumber);
  const result = fieldOf(json, 'return', isNumber);
  const path = json['path'] === undefined ? undefined : listOf(json['path'], isString);
  return { name, path, params, result, ...readBlocks(json, reader, [...params, result]) };
}

function readBlocks(
  json: JsonRecord,
  reader: StatementReader,
  named: readonly number[] = [],
): { readonly blocks: readonly Block[]; readonly locals: number } {
  return reader.body(listOf(json['blocks'], isObject), named);
}

function argumentTypes(json: JsonRecord): readonly DeclaredType[] {
  const args = listOf(fieldOf(json, 'decl', isObject)['args'], isObject);
  for (const each of args) fieldOf(each, 'type', isString);
  return args as unknown as DeclaredType[];
}

function resultType(json: JsonRecord, name: string): [string, DeclaredType][] {
  const { result } = fieldOf(json, 'decl', isObject);
  if (result === undefined || result === null) return [];
  if (!isObject(result)) refuse(`the result type of ${name}`);
  fieldOf(result, 'type', isString);
  return [[name, result as unknown as DeclaredType]];
}
