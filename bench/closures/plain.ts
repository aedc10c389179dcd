/** Statements that look at locals and set them, as closures. */
import { add, insert, merge } from '../../src/policy/builtins/collections.ts';
import { equalValues } from '../../src/policy/builtins/compare.ts';
import type { PlainStatement } from '../../src/policy/plan/apply.ts';
import type { Operand } from '../../src/policy/plan/ir.ts';
import type { Locals, Value } from '../../src/policy/plan/locals.ts';
import { lengthOf } from '../../src/policy/plan/lookup.ts';
import { END, goOnIf, type Outcome } from '../../src/policy/plan/outcome.ts';
import type { RegoObject, RegoSet } from '../../src/policy/value.ts';

export type Step = (locals: Locals) => Outcome;
export type Read = (locals: Locals) => Value;

export function reading(operand: Operand): Read {
  if (!('local' in operand)) return () => operand.constant;
  const { local } = operand;
  return (locals) => locals[local];
}

const equal = (a: Value, b: Value): boolean =>
  a === b || (a !== undefined && b !== undefined && equalValues(a, b));

export function plain(s: Exclude<PlainStatement, { readonly op: 'Dot' }>): Step {
  const set =
    (target: number, make: Read): Step =>
    (locals) => {
      locals[target] = make(locals);
      return END;
    };
  const test =
    (holds: (locals: Locals) => boolean): Step =>
    (locals) =>
      goOnIf(holds(locals));
  switch (s.op) {
    case 'AssignVar':
      return set(s.target, reading(s.source));
    case 'AssignInt':
    case 'MakeNumber':
      return set(s.target, () => s.value);
    case 'MakeNull':
      return set(s.target, () => null);
    case 'MakeArray':
      return set(s.target, () => []);
    case 'MakeObject':
      return set(s.target, () => new Map());
    case 'MakeSet':
      return set(s.target, () => new Set());
    case 'ResetLocal':
      return set(s.target, () => undefined);
    case 'Len': {
      const source = reading(s.source);
      return set(s.target, (locals) => lengthOf(source(locals)));
    }
    case 'Equal':
    case 'NotEqual': {
      const [a, b, wanted] = [reading(s.a), reading(s.b), s.op === 'Equal'];
      return test((locals) => equal(a(locals), b(locals)) === wanted);
    }
    case 'IsDefined':
      return test((locals) => locals[s.source] !== undefined);
    case 'IsUndefined':
      return test((locals) => locals[s.source] === undefined);
    case 'IsArray':
    case 'IsObject':
    case 'IsSet': {
      const source = reading(s.source);
      if (s.op === 'IsArray') return test((locals) => Array.isArray(source(locals)));
      const type = s.op === 'IsObject' ? Map : Set;
      return test((locals) => source(locals) instanceof type);
    }
    case 'AssignVarOnce': {
      const source = reading(s.source);
      return (locals) => {
        const value = source(locals);
        if (locals[s.target] === undefined) locals[s.target] = value;
        else if (!equal(locals[s.target], value)) throw new Error('conflict');
        return END;
      };
    }
    case 'ArrayAppend': {
      const value = reading(s.value);
      return (locals) => ((locals[s.array] as Value[]).push(value(locals)), END);
    }
    case 'SetAdd': {
      const value = reading(s.value);
      return (locals) => (add(locals[s.set] as RegoSet, value(locals)!), END);
    }
    case 'ObjectInsert':
    case 'ObjectInsertOnce': {
      const [key, value] = [reading(s.key), reading(s.value)];
      return (locals) => (insert(locals[s.object] as RegoObject, key(locals)!, value(locals)!), END);
    }
    case 'ObjectMerge':
      return set(s.target, (locals) => merge(locals[s.a]!, locals[s.b]!));
    case 'Nop':
    default:
      return () => END;
  }
}
