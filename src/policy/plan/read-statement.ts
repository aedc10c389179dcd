import { textToNumber } from '../builtins/numbers.ts';
import type { RegoNumber } from '../value.ts';
import { type Block, DATA_LOCAL, type Operand, type PlanLocation, type Statement } from './ir.ts';
import {
  fieldOf,
  isBoolean,
  isNumber,
  isObject,
  isString,
  type JsonRecord,
  listOf,
  refuse,
} from './plan-json.ts';

/** Far above what a function of a policy has; each call makes room for all of them. */
const MAX_LOCALS = 1_000_000;
const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const NOWHERE: PlanLocation = { file: '', row: 0, col: 0, endRow: 0, endCol: 0 };

/** Reads the statements of one plan, function by function. */
export class StatementReader {
  /** Every call that was read, to be checked when all functions are known. */
  readonly calls: { readonly func: string; readonly args: number }[] = [];
  readonly #strings: readonly string[];
  readonly #files: readonly string[];
  /** Of the function that is read: one more than its highest local … */
  #locals = 0;
  /** … how many blocks are open around the statement … */
  #depth = 0;
  /** … and the locals that refer into the base data where the statement stands. Functions reuse locals from rule to rule. */
  #inData: Set<number> = new Set();
  #lastLocation: PlanLocation = NOWHERE;

  constructor(strings: readonly string[], files: readonly string[]) {
    this.#strings = strings;
    this.#files = files;
  }

  /** The blocks of a function or entrypoint. */
  body(
    blocks: readonly JsonRecord[],
    named: readonly number[],
  ): { readonly blocks: readonly Block[]; readonly locals: number } {
    this.#locals = DATA_LOCAL + 1;
    this.#depth = 0;
    this.#inData = new Set([DATA_LOCAL]);
    for (const local of named) this.#local(local);
    const read = blocks.map((block) => this.#block(block));
    return { blocks: read, locals: this.#locals };
  }

  /** Statements in a row mostly stand at the same place, and then share it. */
  location(json: JsonRecord): PlanLocation {
    const index = fieldOf(json, 'file', isNumber);
    const row = fieldOf(json, 'row', isNumber);
    const col = fieldOf(json, 'col', isNumber);
    const endRow = json['end_row'] === undefined ? row : fieldOf(json, 'end_row', isNumber);
    const endCol = json['end_col'] === undefined ? col : fieldOf(json, 'end_col', isNumber);
    // What the planner adds has no place, and then the file says nothing.
    const file = row === 0 ? '' : (this.#files[index] ?? refuse(`file number ${index}`));
    const last = this.#lastLocation;
    if (
      last.row === row &&
      last.col === col &&
      last.endRow === endRow &&
      last.endCol === endCol &&
      last.file === file
    ) {
      return last;
    }
    return (this.#lastLocation = { file, row, col, endRow, endCol });
  }

  #block(json: JsonRecord): Block {
    this.#depth++;
    const block = listOf(json['stmts'], isObject).map((each) => {
      const stmt = fieldOf(each, 'stmt', isObject);
      return this.#statement(fieldOf(each, 'type', isString), stmt, this.location(stmt));
    });
    this.#depth--;
    return block;
  }

  #statement(type: string, json: JsonRecord, at: PlanLocation): Statement {
    const operand = (name: string): Operand => this.#operand(fieldOf(json, name, isObject));
    const local = (name: string): number => this.#local(fieldOf(json, name, isNumber));
    /** A local that is set here, and so refers to no base data any more. */
    const set = (name: string): number => {
      const target = local(name);
      this.#inData.delete(target);
      return target;
    };
    const nested = (): Block => this.#block(fieldOf(json, 'block', isObject));
    switch (type) {
      case 'ArrayAppendStmt':
        return { op: 'ArrayAppend', at, array: local('array'), value: operand('value') };
      case 'AssignIntStmt':
        return { op: 'AssignInt', at, value: integer(json['value']), target: set('target') };
      case 'AssignVarStmt':
        return { op: 'AssignVar', at, source: operand('source'), target: set('target') };
      case 'AssignVarOnceStmt':
        return { op: 'AssignVarOnce', at, source: operand('source'), target: set('target') };
      case 'BlockStmt':
        return {
          op: 'Block',
          at,
          blocks: listOf(json['blocks'], isObject).map((block) => this.#block(block)),
        };
      case 'BreakStmt':
        return { op: 'Break', at, index: this.#breakIndex(json) };
      case 'CallStmt': {
        const func = fieldOf(json, 'func', isString);
        const args = listOf(json['args'], isObject).map((each) => this.#operand(each));
        this.calls.push({ func, args: args.length });
        return { op: 'Call', at, func, args, result: set('result') };
      }
      case 'CallDynamicStmt':
        return {
          op: 'CallDynamic',
          at,
          args: listOf(json['args'], isNumber).map((each) => this.#local(each)),
          path: listOf(json['path'], isObject).map((each) => this.#operand(each)),
          result: set('result'),
        };
      case 'DotStmt':
        return this.#dot(at, operand('source'), operand('key'), set('target'));
      case 'EqualStmt':
        return { op: 'Equal', at, a: operand('a'), b: operand('b') };
      case 'NotEqualStmt':
        return { op: 'NotEqual', at, a: operand('a'), b: operand('b') };
      case 'IsArrayStmt':
        return { op: 'IsArray', at, source: operand('source') };
      case 'IsObjectStmt':
        return { op: 'IsObject', at, source: operand('source') };
      case 'IsSetStmt':
        return { op: 'IsSet', at, source: operand('source') };
      case 'IsDefinedStmt':
        return { op: 'IsDefined', at, source: local('source') };
      case 'IsUndefinedStmt':
        return { op: 'IsUndefined', at, source: local('source') };
      case 'LenStmt':
        return { op: 'Len', at, source: operand('source'), target: set('target') };
      case 'MakeArrayStmt':
        return { op: 'MakeArray', at, target: set('target') };
      case 'MakeNullStmt':
        return { op: 'MakeNull', at, target: set('target') };
      case 'MakeObjectStmt':
        return { op: 'MakeObject', at, target: set('target') };
      case 'MakeSetStmt':
        return { op: 'MakeSet', at, target: set('target') };
      case 'MakeNumberIntStmt':
        return { op: 'MakeNumber', at, value: integer(json['value']), target: set('target') };
      case 'MakeNumberRefStmt':
        return { op: 'MakeNumber', at, value: this.#number(json), target: set('target') };
      case 'NopStmt':
        return { op: 'Nop', at };
      case 'NotStmt':
        return { op: 'Not', at, block: nested() };
      case 'ObjectInsertStmt':
        return {
          op: 'ObjectInsert',
          at,
          object: local('object'),
          key: operand('key'),
          value: operand('value'),
        };
      case 'ObjectInsertOnceStmt':
        return {
          op: 'ObjectInsertOnce',
          at,
          object: local('object'),
          key: operand('key'),
          value: operand('value'),
        };
      case 'ObjectMergeStmt':
        return { op: 'ObjectMerge', at, a: local('a'), b: local('b'), target: set('target') };
      case 'ResetLocalStmt':
        return { op: 'ResetLocal', at, target: set('target') };
      case 'ResultSetAddStmt':
        return { op: 'ResultSetAdd', at, value: local('value') };
      case 'ReturnLocalStmt':
        return { op: 'ReturnLocal', at, source: local('source') };
      case 'ScanStmt':
        return this.#scan(at, local('source'), set('key'), set('value'), nested);
      case 'SetAddStmt':
        return { op: 'SetAdd', at, set: local('set'), value: operand('value') };
      case 'WithStmt':
        return {
          op: 'With',
          at,
          local: local('local'),
          path: listOf(json['path'], isNumber).map((index) => this.#string(index)),
          value: operand('value'),
          block: nested(),
        };
      default:
        return refuse(`statement ${JSON.stringify(type)}`);
    }
  }

  #dot(at: PlanLocation, source: Operand, key: Operand, target: number): Statement {
    const inData = 'local' in source && this.#inData.has(source.local);
    if (inData) this.#inData.add(target);
    return { op: 'Dot', at, source, key, target, inData };
  }

  #scan(at: PlanLocation, source: number, key: number, value: number, nested: () => Block): Statement {
    if (this.#inData.has(source)) this.#inData.add(value);
    // The loop is a block, too.
    this.#depth++;
    const block = nested();
    this.#depth--;
    return { op: 'Scan', at, source, key, value, block };
  }

  #operand(json: JsonRecord): Operand {
    const { type, value } = json;
    switch (type) {
      case 'local':
        return { local: this.#local(fieldOf(json, 'value', isNumber)) };
      case 'string_index':
        return { constant: this.#string(value) };
      case 'bool':
        return { constant: fieldOf(json, 'value', isBoolean) };
      default:
        return refuse(`operand ${JSON.stringify(type)}`);
    }
  }

  #local(local: number): number {
    if (local >= MAX_LOCALS) refuse(`local ${local}`);
    if (local >= this.#locals) this.#locals = local + 1;
    return local;
  }

  #string(index: unknown): string {
    return this.#strings[index as number] ?? refuse(`string number ${String(index)}`);
  }

  #breakIndex(json: JsonRecord): number {
    const index = fieldOf(json, 'index', isNumber);
    if (index >= this.#depth) refuse(`a break out of ${index + 1} blocks where ${this.#depth} are open`);
    return index;
  }

  /** `Index` is how older versions spell it. Rego takes `.5`, which JSON does not. */
  #number(json: JsonRecord): RegoNumber {
    const text = this.#string(json['index'] ?? json['Index']).replace(/^(-?)\./, '$10.');
    if (!JSON_NUMBER.test(text)) refuse(`number ${JSON.stringify(text)}`);
    return textToNumber(text);
  }
}

function integer(value: unknown): number {
  if (!Number.isInteger(value)) refuse(`integer ${JSON.stringify(value)}`);
  // JSON.parse has rounded what is beyond: such numbers come as text, by MakeNumberRef.
  if (!Number.isSafeInteger(value)) refuse(`integer ${String(value)}, which is not exact`);
  return value as number;
}
