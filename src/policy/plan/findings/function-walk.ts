import type { RegoValue } from '../../value.ts';
import { type Block, DATA_LOCAL, type Operand, type Plan, type Statement } from '../ir.ts';
import {
  type Abstract,
  ANY_KIND,
  ARRAY,
  choiceOf,
  container,
  join,
  memberOf,
  membersOf,
  NO_SITES,
  NUMBER,
  NUMBERS,
  OBJECT,
  type OrderSite,
  ofKinds,
  SCALAR,
  SCALARS,
  SET,
  type Sites,
  union,
} from './abstract.ts';
import { kindsOfType, seesOrder } from './builtin-order.ts';
import { type MissedKey, missedKey } from './data-keys.ts';
import { KnownValues } from './known-values.ts';

/** What the walks of all functions share. */
export interface WalkContext {
  readonly plan: Plan;
  /** The base data, whatever parts of it `with` may replace. */
  readonly data: RegoValue;
  /** Joins the arguments into those of the function, and gives what is known of it so far. */
  call(name: string, args: readonly Abstract[]): Callee;
  callDynamic(args: readonly Abstract[], path: readonly (string | undefined)[]): Callee;
}

/** What a caller sees of a function. */
export interface Callee {
  readonly result: Abstract;
  /** Where it depends on an order whether it has a value, and which. */
  readonly control: Sites;
}

/**
 * Finds out what the locals of one function can be. Walked again and again until nothing is added.
 */
export class FunctionWalk {
  readonly #context: WalkContext;
  readonly #known = new KnownValues();
  /** By array, the loops around the place where it is made: only loops inside those can give it an order. */
  readonly #madeIn = new Map<number, Sites>();
  readonly #sites = new Map<Statement, OrderSite>();
  readonly #missedKeys = new Map<Statement, MissedKey>();
  /** By local, the documents of a path into the data that is being walked: what the statement before has found. */
  readonly #path = new Map<number, readonly RegoValue[] | undefined>();

  constructor(context: WalkContext) {
    this.#context = context;
  }

  /** What is known of the value that it gives. */
  get result(): Abstract {
    return this.#known.result;
  }

  /** Where it depends on an order whether it has a value, and which. */
  get control(): Sites {
    return this.#known.control;
  }

  /** Statements that ask base data by a number or by its text. */
  get missedKeys(): ReadonlyMap<Statement, MissedKey> {
    return this.#missedKeys;
  }

  /** Joins what a caller hands over; true when that was news. */
  assign(local: number, value: Abstract): boolean {
    return this.#known.set(local, value);
  }

  /** Walks all blocks once; true when more is known than before. */
  walk(blocks: readonly Block[]): boolean {
    this.#known.grew = false;
    for (const block of blocks) this.#block(block, NO_SITES);
    return this.#known.grew;
  }

  /** `loops`: the loops around that go through elements in the module's own order. */
  #block(block: Block, loops: Sites): void {
    for (const statement of block) this.#statement(statement, loops);
  }

  #statement(statement: Statement, loops: Sites): void {
    switch (statement.op) {
      case 'AssignVar':
      case 'AssignVarOnce':
        return this.#set(statement.target, this.#known.operand(statement.source));
      case 'AssignInt':
      case 'MakeNumber':
      case 'Len':
        return this.#set(statement.target, NUMBERS);
      case 'MakeNull':
        return this.#set(statement.target, SCALARS);
      case 'MakeArray':
        this.#madeIn.set(statement.target, loops);
        return this.#set(statement.target, container(ARRAY));
      case 'MakeObject':
        return this.#set(statement.target, container(OBJECT));
      case 'MakeSet':
        return this.#set(statement.target, container(SET));
      case 'ArrayAppend': {
        const order = loops.difference(this.#madeIn.get(statement.array) ?? NO_SITES);
        return this.#hold(statement.array, ARRAY, order, this.#known.operand(statement.value));
      }
      case 'SetAdd':
        return this.#hold(statement.set, SET, NO_SITES, this.#known.operand(statement.value));
      case 'ObjectInsert':
      case 'ObjectInsertOnce': {
        const { inner, outer } = this.#known.operand(statement.key);
        this.#set(statement.object, { ...container(OBJECT), outer: union(inner, outer) });
        return this.#hold(statement.object, OBJECT, NO_SITES, this.#known.operand(statement.value));
      }
      case 'ObjectMerge':
        return this.#set(statement.target, join(this.#known.of(statement.a), this.#known.of(statement.b)));
      case 'Dot':
        return this.#dot(statement);
      case 'Scan':
        return this.#scan(statement, loops);
      case 'Equal':
      case 'NotEqual': {
        const a = this.#known.operand(statement.a);
        const b = this.#known.operand(statement.b);
        return this.#known.decides(a.inner, a.outer, b.inner, b.outer);
      }
      case 'Call':
        return this.#call(statement);
      case 'CallDynamic': {
        const args = statement.args.map((local) => this.#known.of(local));
        const path = statement.path.map((segment) =>
          'constant' in segment && typeof segment.constant === 'string' ? segment.constant : undefined,
        );
        for (const segment of statement.path) this.#known.decides(this.#known.operand(segment).inner);
        return this.#called(statement.result, this.#context.callDynamic(args, path));
      }
      case 'With':
        this.#set(statement.local, this.#replaced(statement.path, this.#known.operand(statement.value)));
        return this.#block(statement.block, loops);
      case 'Block':
        for (const block of statement.blocks) this.#block(block, loops);
        return;
      case 'Not':
        return this.#block(statement.block, loops);
      case 'ReturnLocal':
      case 'ResultSetAdd': {
        const source = statement.op === 'ReturnLocal' ? statement.source : statement.value;
        return this.#known.gives(this.#known.of(source));
      }
      case 'IsArray':
      case 'IsObject':
      case 'IsSet':
        return this.#known.decides(choiceOf(this.#known.operand(statement.source)));
      case 'Break':
      case 'IsDefined':
      case 'IsUndefined':
      case 'Nop':
      case 'ResetLocal':
        return;
    }
  }

  #set(local: number, value: Abstract): void {
    this.#known.set(local, value);
  }

  #hold(local: number, kind: number, outer: Sites, value: Abstract): void {
    const inner = union(value.inner, value.outer);
    this.#set(local, { kinds: kind, docs: undefined, member: value, outer, inner });
  }

  #dot(statement: Statement & { op: 'Dot' }): void {
    const { target, key, inData } = statement;
    const source = this.#known.operand(statement.source);
    const name = 'constant' in key && typeof key.constant === 'string' ? key.constant : undefined;
    const found = this.#known.operand(key);
    const keys = keySites(source);
    // An element by its number depends on the order of the array.
    const byKey = name === undefined ? source.outer : keys;
    const member = memberOf(source, name);
    const inner = union(union(member.inner, byKey), union(found.inner, found.outer));
    this.#set(target, { ...member, inner });
    this.#known.decides(found.inner, found.outer, keys, choiceOf(source));
    const docs = inData ? this.#docsOf(statement.source) : undefined;
    this.#path.set(target, docs && membersOf(docs, name));
    const missed = docs && missedKey(docs, key, found.kinds);
    if (missed !== undefined) this.#missedKeys.set(statement, missed);
  }

  /** Where a path into the data has got to. A local that other blocks use for something else still knows it here. */
  #docsOf(operand: Operand): readonly RegoValue[] | undefined {
    if (!('local' in operand)) return undefined;
    return operand.local === DATA_LOCAL ? [this.#context.data] : this.#path.get(operand.local);
  }

  #scan(statement: Statement & { op: 'Scan' }, loops: Sites): void {
    const source = this.#known.of(statement.source);
    const docs = this.#docsOf({ local: statement.source });
    this.#path.set(statement.value, docs && membersOf(docs, undefined));
    const site = this.#siteOf(statement, source.kinds);
    const order = site === undefined ? source.outer : union(source.outer, new Set([site]));
    const member = memberOf(source, undefined);
    this.#known.decides(keySites(source), choiceOf(source));
    // The key of a set's element is the element.
    const isSet = (source.kinds & SET) !== 0;
    this.#set(
      statement.key,
      isSet ? member : ofKinds(keyKinds(source.kinds), union(source.outer, source.inner)),
    );
    this.#set(statement.value, member);
    this.#block(statement.block, union(loops, order));
  }

  /** The same object each time, so that a fixpoint is seen. */
  #siteOf(statement: Statement & { op: 'Scan' | 'Call' }, kinds: number): OrderSite | undefined {
    if ((kinds & (OBJECT | SET)) === 0) return undefined;
    const site = this.#sites.get(statement) ?? { at: statement.at, kinds: 0 };
    site.kinds |= kinds;
    this.#sites.set(statement, site);
    return site;
  }

  #call(statement: Statement & { op: 'Call' }): void {
    const { func, result } = statement;
    const args = statement.args.map((operand) => this.#known.operand(operand));
    if (this.#context.plan.functions.has(func)) return this.#called(result, this.#context.call(func, args));
    let given: Sites = NO_SITES;
    for (const arg of args)
      given = union(union(given, arg.inner), seesOrder(func) ? arg.outer : keySites(arg));
    if (func === 'walk') {
      // Of the module's own builtins the one that follows its order: it gives pairs in the order of the walk.
      const site = this.#siteOf(statement, args[0]?.kinds ?? 0);
      const outer = site === undefined ? NO_SITES : new Set([site]);
      return this.#set(result, { ...ofKinds(ARRAY, given), outer });
    }
    const type = this.#context.plan.resultTypes.get(func);
    this.#set(result, ofKinds(kindsOfType(type), given));
    // It may be undefined for some operands.
    if (type !== undefined && seesOrder(func)) this.#known.decides(given);
  }

  #called(target: number, { result, control }: Callee): void {
    this.#set(target, result);
    this.#known.decides(control);
  }

  #replaced(path: readonly string[], value: Abstract): Abstract {
    if (path.length === 0) return value;
    return { ...ofKinds(OBJECT), member: ofKinds(ANY_KIND), inner: union(value.inner, value.outer) };
  }
}

/** Where it depends on an order which keys or elements it has. */
function keySites({ kinds, outer, inner }: Abstract): Sites {
  if ((kinds & SET) !== 0) return union(inner, outer);
  return (kinds & OBJECT) === 0 ? NO_SITES : outer;
}

/** Keys of arrays are numbers; those of objects may be anything, but in JSON they are strings. */
function keyKinds(kinds: number): number {
  return ((kinds & ARRAY) !== 0 ? NUMBER : 0) | ((kinds & OBJECT) !== 0 ? SCALAR : 0);
}
