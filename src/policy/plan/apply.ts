import { add, insert, merge, valueAt } from '../builtins/collections.ts';
import { equalValues } from '../builtins/compare.ts';
import type { RegoObject, RegoSet, RegoValue } from '../value.ts';
import { conflict } from './faults.ts';
import type { Statement } from './ir.ts';
import { assign, type Locals, read, type Value, valueOf } from './locals.ts';
import { dot, lengthOf } from './lookup.ts';
import { END, goOnIf, type Outcome } from './outcome.ts';

/** Statements that look at locals and set them, and run nothing: neither blocks nor functions. */
export type PlainStatement = Exclude<
  Statement,
  {
    readonly op:
      | 'Block'
      | 'Break'
      | 'Call'
      | 'CallDynamic'
      | 'Not'
      | 'ResultSetAdd'
      | 'ReturnLocal'
      | 'Scan'
      | 'With';
  }
>;

/** What these statements mean. */
export function apply(statement: PlainStatement, locals: Locals): Outcome {
  switch (statement.op) {
    case 'Dot': {
      const source = read(statement.source, locals);
      const key = read(statement.key, locals);
      const found =
        source === undefined || key === undefined ? undefined : dot(source, key, statement.inData);
      return assign(statement.target, found, locals);
    }
    case 'AssignVar':
      locals[statement.target] = read(statement.source, locals);
      return END;
    case 'Equal':
      return goOnIf(equal(read(statement.a, locals), read(statement.b, locals)));
    case 'NotEqual':
      return goOnIf(!equal(read(statement.a, locals), read(statement.b, locals)));
    case 'AssignInt':
    case 'MakeNumber':
      locals[statement.target] = statement.value;
      return END;
    case 'IsDefined':
      return goOnIf(locals[statement.source] !== undefined);
    case 'IsUndefined':
      return goOnIf(locals[statement.source] === undefined);
    case 'ResetLocal':
      locals[statement.target] = undefined;
      return END;
    case 'AssignVarOnce': {
      const value = read(statement.source, locals);
      const before = locals[statement.target];
      // Of equal values, such as 1 and 1.0, OPA answers the first.
      if (before === undefined) locals[statement.target] = value;
      else if (!equal(before, value)) throw conflict(statement, 'var assignment');
      return END;
    }
    case 'IsArray':
      return goOnIf(Array.isArray(read(statement.source, locals)));
    case 'IsObject':
      return goOnIf(read(statement.source, locals) instanceof Map);
    case 'IsSet':
      return goOnIf(read(statement.source, locals) instanceof Set);
    case 'Len':
      locals[statement.target] = lengthOf(read(statement.source, locals));
      return END;
    case 'MakeNull':
      locals[statement.target] = null;
      return END;
    case 'MakeArray':
      locals[statement.target] = [];
      return END;
    case 'MakeObject':
      locals[statement.target] = new Map();
      return END;
    case 'MakeSet':
      locals[statement.target] = new Set();
      return END;
    case 'ArrayAppend':
      (locals[statement.array] as RegoValue[]).push(valueOf(statement.value, locals, statement));
      return END;
    case 'SetAdd':
      add(locals[statement.set] as RegoSet, valueOf(statement.value, locals, statement));
      return END;
    case 'ObjectInsert': {
      const key = valueOf(statement.key, locals, statement);
      insert(locals[statement.object] as RegoObject, key, valueOf(statement.value, locals, statement));
      return END;
    }
    case 'ObjectInsertOnce': {
      const object = locals[statement.object] as RegoObject;
      const key = valueOf(statement.key, locals, statement);
      const inserted = valueOf(statement.value, locals, statement);
      const before = valueAt(object, key);
      if (before === undefined) insert(object, key, inserted);
      else if (!equalValues(before, inserted)) throw conflict(statement, 'object insert');
      return END;
    }
    case 'ObjectMerge': {
      const a = locals[statement.a];
      const b = locals[statement.b];
      return assign(statement.target, a === undefined || b === undefined ? b : merge(a, b), locals);
    }
    case 'Nop':
    default:
      return END;
  }
}

/** Undefined equals nothing but undefined. */
function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && equalValues(a, b);
}
