import { sizeOf } from '../../builtins/collections.ts';
import type { RegoValue } from '../../value.ts';
import type { Operand, PlanLocation, Statement } from '../ir.ts';
import type { Locals } from '../tracer.ts';
import type { ExpressionOutline, Scan, Site } from './outline.ts';
import type { Taint } from './taint.ts';

/** A value that an expression was tried on. */
export interface SampledValue {
  /** What it is the value of; undefined when `name` says it. */
  readonly at: PlanLocation | undefined;
  readonly name: string;
  readonly value: RegoValue | undefined;
  readonly taint: Taint;
}

const MAX_VALUES = 8;

/** The values at a statement that decides an expression: elements that are gone through, parts of the expression, operands. */
export function sampledValues(
  expression: ExpressionOutline,
  site: Site,
  statement: Statement,
  locals: Locals,
  taintOf: (local: number) => Taint,
  held: boolean,
): SampledValue[] {
  const shown = new Set<number>();
  const values: SampledValue[] = [];
  const show = (local: number, at: PlanLocation | undefined, name: string, value = locals[local]): void => {
    if (shown.has(local)) return;
    shown.add(local);
    values.push({ at, name, value, taint: taintOf(local) });
  };
  for (const scan of site.scans) showElement(scan, locals, show);
  for (const { at, local, order } of expression.terms) {
    // Later ones may have values of the round before.
    if (order < site.order || (held && order === site.order)) show(local, at, '');
  }
  const operand = (each: Operand, name: string): void => {
    if ('local' in each) show(each.local, undefined, name);
  };
  if (statement.op === 'Equal' || (statement.op === 'NotEqual' && !isFalse(statement.b))) {
    operand(statement.a, 'left');
    operand(statement.b, 'right');
  } else if (!held && statement.op === 'Dot') {
    const { key } = statement;
    if ('constant' in key) values.push({ at: undefined, name: 'key', value: key.constant, taint: undefined });
    else show(key.local, undefined, 'key');
    const found = expression.terms.find(({ order }) => order >= site.order);
    values.push({ at: found?.at ?? statement.at, name: '', value: undefined, taint: undefined });
  } else if (statement.op === 'Scan') {
    show(statement.source, undefined, 'nothing to go through in');
  } else if (!held && (statement.op === 'Call' || statement.op === 'CallDynamic')) {
    values.push({ at: statement.at, name: '', value: undefined, taint: undefined });
  } else if (statement.op === 'NotEqual') {
    operand(statement.a, 'value');
  } else if (held && statement.op === 'AssignVar') {
    operand(statement.source, 'value');
  }
  return values.slice(-MAX_VALUES);
}

/** `b` of `x != false`, as which the planner writes that a value is not false. */
function isFalse(operand: Operand): boolean {
  return 'constant' in operand && operand.constant === false;
}

function showElement(
  { source, key, value }: Scan,
  locals: Locals,
  show: (local: number, at: PlanLocation | undefined, name: string) => void,
): void {
  if (locals[source] instanceof Map) show(key, undefined, 'key');
  show(value, undefined, 'element');
}

/** Whether there is nothing to go through. */
export function isEmpty(value: RegoValue | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return value instanceof Set ? sizeOf(value) === 0 : true;
}
