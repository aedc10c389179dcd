import { FULL, KEYS, SCALAR, TYPE } from '../footprint.ts';
import type { Plan, PlanLocation, Statement } from '../ir.ts';
import { ANY_SCALAR, type Scalar, shapeOf, type Value } from './atoms.ts';
import { Box } from './box.ts';
import { isScalarType, seenOfType } from './builtin-types.ts';
import { CLOCK_COMPARISONS, clockCall } from './clock-calls.ts';
import type { Context } from './context.ts';
import type { Lookup } from './lookup.ts';
import type { Observer, Reason } from './observer.ts';
import type { Values } from './values.ts';

/** One call: what it is given, and where what it looks at is noted. */
interface BuiltinCall {
  readonly name: string;
  readonly args: readonly Value[];
  /** An array that is made of arguments: the same each time for one statement. */
  readonly array: () => Box;
  readonly observer: Observer;
  readonly at: PlanLocation;
  readonly reason: Reason;
}

type Transfer = (call: BuiltinCall) => Value;

/** What builtins look at of their arguments, and what they give of them. */
export class BuiltinCalls {
  readonly #plan: Plan;
  readonly #values: Values;
  readonly #lookup: Lookup;
  readonly #transfers: ReadonlyMap<string, Transfer>;

  constructor(plan: Plan, values: Values, lookup: Lookup) {
    this.#plan = plan;
    this.#values = values;
    this.#lookup = lookup;
    this.#transfers = this.#table();
  }

  /** Undefined for a builtin that gives nothing ever. */
  call(
    context: Context,
    statement: Statement & { readonly op: 'Call' },
    args: readonly Value[],
  ): Value | undefined {
    const { func: name, at } = statement;
    const { observer } = context;
    const array = (): Box => context.box(statement, 'array');
    const call = { name, args, array, observer, at, reason: { at, why: `handed to ${name}` } };
    const values = this.#values;
    if (name === 'time.now_ns') return values.now;
    const ofClock = clockCall(name, args, observer, call.reason, values);
    if (ofClock !== undefined) return ofClock;
    const transfer = this.#transfers.get(name);
    return transfer === undefined ? this.#asDeclared(call) : transfer(call);
  }

  #asDeclared({ name, args, observer, at, reason }: BuiltinCall): Value | undefined {
    const types = this.#plan.argumentTypes.get(name) ?? [];
    for (const [i, arg] of args.entries()) {
      const { bits, each } = seenOfType(types[i]);
      if (each === 0) {
        observer.see(arg, bits, reason);
        continue;
      }
      observer.see(arg, bits, reason);
      observer.see(this.#lookup.elements(arg, observer, at), each, reason);
    }
    return this.#result(name);
  }

  /** By the type that is declared. All that it may give of its arguments has been seen. */
  #result(name: string): Value | undefined {
    const type = this.#plan.resultTypes.get(name);
    if (type === undefined) return undefined;
    if (type.type === 'boolean') return this.#values.booleans;
    return isScalarType(type) ? this.#values.scalars : this.#values.any;
  }

  #table(): ReadonlyMap<string, Transfer> {
    const { booleans, scalars } = this.#values;
    const compare: Transfer = ({ args: [a, b], observer, at }) => {
      observer.compare(a!, b!, { at, why: 'compared with another value of unknown shape' });
      return booleans;
    };
    const type =
      (result: Value): Transfer =>
      ({ args: [value], observer, reason }) => {
        observer.see(value!, TYPE, reason);
        return result;
      };
    return new Map<string, Transfer>([
      ...[...CLOCK_COMPARISONS].map((name): [string, Transfer] => [name, compare]),
      ...['array', 'boolean', 'null', 'number', 'object', 'set', 'string'].map((name): [string, Transfer] => [
        `is_${name}`,
        type(booleans),
      ]),
      ['type_name', type(scalars)],
      [
        'count',
        ({ args: [collection], observer, reason }) => {
          observer.see(collection!, KEYS | SCALAR, reason);
          return scalars;
        },
      ],
      // Takes anything, and looks only into texts.
      [
        'semver.is_valid',
        ({ args: [version], observer, reason }) => {
          observer.see(version!, SCALAR, reason);
          return booleans;
        },
      ],
      // Declared for a text, and gives one of its own for any value.
      [
        'uuid.rfc4122',
        ({ args: [name], observer, reason }) => {
          observer.seeWhole(name!, reason);
          return scalars;
        },
      ],
      ['minus', (call) => this.#minus(call)],
      ['internal.member_2', (call) => this.#isMember(call)],
      ['internal.member_3', (call) => this.#isMemberAt(call)],
      ['object.get', (call) => this.#objectGet(call)],
      [
        'object.keys',
        ({ args: [object], observer, at, reason }) => {
          observer.see(object!, KEYS | TYPE, reason);
          observer.seeWhole(this.#lookup.scan(object!, observer, at).key, reason);
          return this.#values.any;
        },
      ],
      ['array.concat', (call) => this.#arrays(call, 2)],
      ['array.reverse', (call) => this.#arrays(call, 1)],
      ['array.slice', (call) => this.#arrays(call, 1)],
    ]);
  }

  /** Of numbers, or of sets: what meets a number cannot be one. */
  #minus(call: BuiltinCall): Value {
    const { args, observer, reason } = call;
    const [a, b] = args;
    observer.see(a!, shapeOf(b!) <= ANY_SCALAR ? SCALAR : FULL, reason);
    observer.see(b!, shapeOf(a!) <= ANY_SCALAR ? SCALAR : FULL, reason);
    const scalar = shapeOf(a!) <= ANY_SCALAR || shapeOf(b!) <= ANY_SCALAR;
    return scalar ? this.#values.scalars : this.#values.any;
  }

  /** `x in collection`: false where it is no collection. */
  #isMember({ args: [value, collection], observer, at }: BuiltinCall): Value {
    const elements = this.#lookup.elements(collection!, observer, at);
    observer.compare(value!, elements, { at, why: 'looked for in a collection' });
    return this.#values.booleans;
  }

  /** `k, x in collection` */
  #isMemberAt({ args: [key, value, collection], observer, at }: BuiltinCall): Value {
    const found = this.#lookup.dot(collection!, key!, observer, at);
    observer.compare(value!, found, { at, why: 'looked for in a collection' });
    return this.#values.booleans;
  }

  /** By a key, or by an array of keys as a path. */
  #objectGet(call: BuiltinCall): Value {
    const { args, observer, at, reason } = call;
    const [object, key, otherwise] = args as readonly [Value, Value, Value];
    observer.see(object, TYPE, reason);
    const values = this.#values;
    if (shapeOf(key) <= ANY_SCALAR) {
      return values.join(this.#lookup.dot(object, key, observer, at), otherwise);
    }
    const path = this.#constantPath(key, observer);
    if (path === undefined) {
      observer.seeWhole(object, reason);
      observer.seeWhole(key, reason);
      return values.join(values.any, otherwise);
    }
    let found = object;
    for (const step of path) found = this.#lookup.child(found, step, observer, at);
    return values.join(found, otherwise);
  }

  /** The constants in an array that is written in the policy. */
  #constantPath(key: Value, observer: Observer): readonly Scalar[] | undefined {
    const [box] = key.atoms;
    if (key.atoms.length !== 1 || !(box instanceof Box) || box.type !== 'array') return undefined;
    if (box.rest(observer).atoms.length > 0) return undefined;
    const path: Scalar[] = [];
    const fields = box.fields(observer);
    for (let i = 0; i < fields.size; i++) {
      const [atom, ...others] = fields.get(String(i))?.atoms ?? [];
      if (atom?.kind !== 'constant' || others.length > 0) return undefined;
      path.push(atom.value);
    }
    return path;
  }

  /** An array of elements of the first `count` arguments; other arguments are numbers. */
  #arrays({ args, array, observer, at, reason }: BuiltinCall, count: number): Value {
    let elements = this.#values.none;
    for (const [i, arg] of args.entries()) {
      if (i >= count) {
        observer.see(arg, SCALAR, reason);
        continue;
      }
      observer.see(arg, TYPE | KEYS, reason);
      elements = this.#values.join(elements, this.#lookup.elements(arg, observer, at));
    }
    const made = array();
    made.add(elements);
    return this.#values.of(made);
  }
}
