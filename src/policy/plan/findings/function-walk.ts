import type { Block, Operand, Plan, Statement } from '../ir.ts';
import {
  type Abstract,
  ANY_KIND,
  ARRAY,
  container,
  join,
  memberOf,
  NO_SITES,
  NOTHING,
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
import { followsModuleOrder, kindsOfType, seesOrder } from './builtin-order.ts';

/** What the walks of all functions share. */
export interface WalkContext {
  readonly plan: Plan;
  /** Joins the arguments into those of the function, and gives what is known of its result so far. */
  call(name: string, args: readonly Abstract[]): Abstract;
  callDynamic(args: readonly Abstract[], path: readonly (string | undefined)[]): Abstract;
}

/**
 * What the locals of one function can be, whatever the way through it. Walked again and again until nothing is added: the values of a
 * local are joined over all places that set it.
 */
export class FunctionWalk {
  readonly #context: WalkContext;
  readonly #locals: Abstract[] = [];
  /** By array, the loops around the place where it is made: only loops inside those can give it an order. */
  readonly #madeIn = new Map<number, Sites>();
  readonly #sites = new Map<Statement, OrderSite>();
  /** Where base data are asked by a number, with what else the key can be: modules do not find `{"2": …}` by `data[2]`. */
  readonly #integerKeys = new Map<Statement, number>();
  readonly #calls = new Map<Statement, string>();
  #result: Abstract = NOTHING;
  /** Comparisons that depend on an order decide whether the function has a value, and which. */
  #control: Sites = NO_SITES;
  #grew = false;

  constructor(context: WalkContext) {
    this.#context = context;
  }

  /** What is known of the value that it gives. */
  get result(): Abstract {
    return { ...this.#result, inner: union(this.#result.inner, this.#control) };
  }

  /** Statements that ask base data by a number, with the kinds that the key can have. */
  get integerKeys(): ReadonlyMap<Statement, number> {
    return this.#integerKeys;
  }

  /** Calls by name: of functions and builtins. */
  get calls(): ReadonlyMap<Statement, string> {
    return this.#calls;
  }

  /** Joins what a caller hands over; true when that was news. */
  assign(local: number, value: Abstract): boolean {
    const before = this.#of(local);
    const after = join(before, value);
    this.#locals[local] = after;
    return after !== before;
  }

  /** Walks all blocks once; true when more is known than before. */
  walk(blocks: readonly Block[]): boolean {
    this.#grew = false;
    for (const block of blocks) this.#block(block, NO_SITES);
    return this.#grew;
  }

  #of(local: number): Abstract {
    return this.#locals[local] ?? NOTHING;
  }

  #operand(operand: Operand): Abstract {
    return 'local' in operand ? this.#of(operand.local) : SCALARS;
  }

  #set(local: number, value: Abstract): void {
    if (this.assign(local, value)) this.#grew = true;
  }

  #decides(...values: readonly Abstract[]): void {
    const before = this.#control;
    for (const { inner, outer } of values) this.#control = union(union(this.#control, inner), outer);
    if (this.#control !== before) this.#grew = true;
  }

  /** `loops`: the loops around that go through elements in the module's own order. */
  #block(block: Block, loops: Sites): void {
    for (const statement of block) this.#statement(statement, loops);
  }

  #statement(statement: Statement, loops: Sites): void {
    switch (statement.op) {
      case 'AssignVar':
      case 'AssignVarOnce':
        return this.#set(statement.target, this.#operand(statement.source));
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
        return this.#hold(statement.array, ARRAY, order, this.#operand(statement.value));
      }
      case 'SetAdd':
        return this.#hold(statement.set, SET, NO_SITES, this.#operand(statement.value));
      case 'ObjectInsert':
      case 'ObjectInsertOnce': {
        const { inner, outer } = this.#operand(statement.key);
        this.#set(statement.object, { ...container(OBJECT), inner: union(inner, outer) });
        return this.#hold(statement.object, OBJECT, NO_SITES, this.#operand(statement.value));
      }
      case 'ObjectMerge':
        return this.#set(statement.target, join(this.#of(statement.a), this.#of(statement.b)));
      case 'Dot':
        return this.#dot(statement);
      case 'Scan':
        return this.#scan(statement, loops);
      case 'Equal':
      case 'NotEqual':
        return this.#decides(this.#operand(statement.a), this.#operand(statement.b));
      case 'Call':
        return this.#call(statement);
      case 'CallDynamic': {
        const args = statement.args.map((local) => this.#of(local));
        const path = statement.path.map((segment) =>
          'constant' in segment && typeof segment.constant === 'string' ? segment.constant : undefined,
        );
        return this.#set(statement.result, this.#context.callDynamic(args, path));
      }
      case 'With':
        this.#set(statement.local, this.#replaced(statement.path, this.#operand(statement.value)));
        return this.#block(statement.block, loops);
      case 'Block':
        for (const block of statement.blocks) this.#block(block, loops);
        return;
      case 'Not':
        return this.#block(statement.block, loops);
      case 'ReturnLocal':
      case 'ResultSetAdd': {
        const source = statement.op === 'ReturnLocal' ? statement.source : statement.value;
        const result = join(this.#result, this.#of(source));
        if (result !== this.#result) this.#grew = true;
        this.#result = result;
        return;
      }
      case 'Break':
      case 'IsArray':
      case 'IsDefined':
      case 'IsObject':
      case 'IsSet':
      case 'IsUndefined':
      case 'Nop':
      case 'ResetLocal':
        return;
    }
  }

  #hold(local: number, kind: number, outer: Sites, value: Abstract): void {
    const inner = union(value.inner, value.outer);
    this.#set(local, { kinds: kind, docs: undefined, member: value, outer, inner });
  }

  #dot(statement: Statement & { op: 'Dot' }): void {
    const { target, key, inData } = statement;
    const source = this.#operand(statement.source);
    const name = 'constant' in key && typeof key.constant === 'string' ? key.constant : undefined;
    const found = this.#operand(key);
    // An element by its number depends on the order of the array.
    const byNumber = name === undefined ? source.outer : NO_SITES;
    const member = memberOf(source, name);
    const inner = union(union(member.inner, byNumber), union(found.inner, found.outer));
    this.#set(target, { ...member, inner });
    if (inData && (found.kinds & NUMBER) !== 0 && holdsIntegerKeys(source))
      this.#integerKeys.set(statement, found.kinds);
  }

  #scan(statement: Statement & { op: 'Scan' }, loops: Sites): void {
    const source = this.#of(statement.source);
    const site = this.#siteOf(statement, source.kinds);
    const order = site === undefined ? source.outer : union(source.outer, new Set([site]));
    const member = memberOf(source, undefined);
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
    this.#calls.set(statement, func);
    const args = statement.args.map((operand) => this.#operand(operand));
    if (this.#context.plan.functions.has(func)) return this.#set(result, this.#context.call(func, args));
    let taint: Sites = NO_SITES;
    for (const arg of args) {
      taint = union(taint, arg.inner);
      if (seesOrder(func)) taint = union(taint, arg.outer);
      const site = followsModuleOrder(func) ? this.#siteOf(statement, arg.kinds) : undefined;
      if (site !== undefined) taint = union(taint, new Set([site]));
    }
    const kinds = kindsOfType(this.#context.plan.resultTypes.get(func));
    // Pairs in the order of the walk: their order is told, not their values.
    if (func === 'walk') return this.#set(result, { ...ofKinds(ARRAY), outer: taint });
    this.#set(result, ofKinds(kinds, taint));
  }

  #replaced(path: readonly string[], value: Abstract): Abstract {
    if (path.length === 0) return value;
    return { ...ofKinds(OBJECT), member: ofKinds(ANY_KIND), inner: union(value.inner, value.outer) };
  }
}

/** Keys of arrays are numbers; those of objects may be anything, but in JSON they are strings. */
function keyKinds(kinds: number): number {
  return ((kinds & ARRAY) !== 0 ? NUMBER : 0) | ((kinds & OBJECT) !== 0 ? SCALAR : 0);
}

/** An object of the base data has a key that is the text of an integer. */
function holdsIntegerKeys({ docs }: Abstract): boolean {
  return (
    docs?.some(
      (doc) => doc instanceof Map && doc.keys().some((key) => typeof key === 'string' && /^-?\d+$/.test(key)),
    ) ?? false
  );
}
