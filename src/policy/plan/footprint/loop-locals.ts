import type { Block, Operand, Statement } from '../ir.ts';

const found = new WeakMap<Statement, ReadonlySet<number>>();

/** The locals whose values of one round a loop may see in the next: it reads them where it may not have set them yet, and sets them. */
export function carriedLocals(loop: Statement & { readonly op: 'Scan' }): ReadonlySet<number> {
  let locals = found.get(loop);
  if (locals === undefined) {
    const uses = new Uses();
    uses.block(loop.block, new Set([loop.key, loop.value]));
    found.set(loop, (locals = uses.early.intersection(uses.set)));
  }
  return locals;
}

class Uses {
  readonly early: Set<number> = new Set();
  readonly set: Set<number> = new Set();

  /** `done`: those that are set for sure where the block begins. */
  block(block: Block, done: ReadonlySet<number>): void {
    const known = new Set(done);
    for (const statement of block) this.#statement(statement, known);
  }

  #statement(statement: Statement, done: Set<number>): void {
    for (const local of readBy(statement)) if (!done.has(local)) this.early.add(local);
    if (statement.op === 'Block') for (const block of statement.blocks) this.block(block, done);
    if (statement.op === 'Not' || statement.op === 'With') this.block(statement.block, done);
    if (statement.op === 'Scan') {
      this.set.add(statement.key).add(statement.value);
      this.block(statement.block, new Set([...done, statement.key, statement.value]));
    }
    const target = setBy(statement);
    if (target === undefined) return;
    done.add(target);
    this.set.add(target);
  }
}

function readBy(statement: Statement): readonly number[] {
  switch (statement.op) {
    case 'AssignVar':
      return localsOf(statement.source);
    case 'AssignVarOnce':
      return [statement.target, ...localsOf(statement.source)];
    case 'IsArray':
    case 'IsObject':
    case 'IsSet':
    case 'Len':
      return localsOf(statement.source);
    case 'Dot':
      return localsOf(statement.source, statement.key);
    case 'Equal':
    case 'NotEqual':
      return localsOf(statement.a, statement.b);
    case 'Call':
      return localsOf(...statement.args);
    case 'CallDynamic':
      return [...statement.args, ...localsOf(...statement.path)];
    case 'IsDefined':
    case 'IsUndefined':
    case 'ReturnLocal':
    case 'Scan':
      return [statement.source];
    case 'ResultSetAdd':
      return [statement.value];
    case 'ObjectInsert':
    case 'ObjectInsertOnce':
      return [statement.object, ...localsOf(statement.key, statement.value)];
    case 'ArrayAppend':
      return [statement.array, ...localsOf(statement.value)];
    case 'SetAdd':
      return [statement.set, ...localsOf(statement.value)];
    case 'ObjectMerge':
      return [statement.a, statement.b];
    case 'With':
      return [statement.local, ...localsOf(statement.value)];
    case 'AssignInt':
    case 'Block':
    case 'Break':
    case 'MakeArray':
    case 'MakeNull':
    case 'MakeNumber':
    case 'MakeObject':
    case 'MakeSet':
    case 'Nop':
    case 'Not':
    case 'ResetLocal':
    default:
      return [];
  }
}

function localsOf(...operands: readonly Operand[]): readonly number[] {
  return operands.flatMap((operand) => ('local' in operand ? [operand.local] : []));
}

/** The local that the statement has set where it goes on. */
function setBy(statement: Statement): number | undefined {
  switch (statement.op) {
    case 'AssignInt':
    case 'AssignVar':
    case 'AssignVarOnce':
    case 'Dot':
    case 'Len':
    case 'MakeArray':
    case 'MakeNull':
    case 'MakeNumber':
    case 'MakeObject':
    case 'MakeSet':
    case 'ObjectMerge':
    case 'ResetLocal':
      return statement.target;
    case 'Call':
    case 'CallDynamic':
      return statement.result;
    case 'ArrayAppend':
    case 'Block':
    case 'Break':
    case 'Equal':
    case 'IsArray':
    case 'IsDefined':
    case 'IsObject':
    case 'IsSet':
    case 'IsUndefined':
    case 'Nop':
    case 'Not':
    case 'NotEqual':
    case 'ObjectInsert':
    case 'ObjectInsertOnce':
    case 'ResultSetAdd':
    case 'ReturnLocal':
    case 'Scan':
    case 'SetAdd':
    case 'With':
    default:
      return undefined;
  }
}
