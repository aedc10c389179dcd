import type { Callee, FunctionBody } from './function-body.ts';

/** Bytes of code that may run without a check. Some 2 bytes make an instruction: a few microseconds of work. */
const MAX_UNPAID_BYTES = 16_384;
/** A function without loops that is no larger, with what it calls, costs next to nothing. */
const MAX_SMALL_BYTES = 512;

export interface CallGraph {
  /** For each function body, whether its entry needs a check. */
  readonly checked: readonly boolean[];
  /**
   * The code that one call runs at most, if that contains no loop and is little; Infinity otherwise. Imports are none:
   * they look at the clock themselves.
   */
  smallBytes(callee: Callee): number;
}

/**
 * Chooses the functions whose entries need a check. Checks in loops pay for all calls inside loops; what is left is
 * recursion, and calls that fan out without a loop: thirty functions that each call the next one twice make 2^30 calls.
 *
 * One walk in depth over the calls outside loops. A function that is called while it is open gets a check, so that every
 * recursion passes one. A function whose own code and unchecked callees together exceed the limit gets one, too.
 */
export function analyseCalls(
  bodies: readonly FunctionBody[],
  importedFunctions: number,
  tableFunctions: readonly number[],
): CallGraph {
  /** Stands for "any function of the table". */
  const table = bodies.length;
  const nodesOf = (callee: Callee): number[] => {
    if (callee === undefined) return [table];
    return callee < importedFunctions ? [] : [callee - importedFunctions];
  };
  const callees = bodies.map(({ calls }) =>
    calls.flatMap(({ callee, looped }) => (looped ? [] : nodesOf(callee))),
  );
  callees.push(tableFunctions.flatMap(nodesOf));
  const unpaid = [...bodies.map(({ codeStart, end }) => end - codeStart), 0];
  const small = [...bodies.map(({ loops }) => loops.length === 0), false];
  const checked = Array<boolean>(bodies.length + 1).fill(false);
  const seen = Array<'open' | 'done' | undefined>(bodies.length + 1);

  /** A call whose callee has been walked through, or is open. */
  const settle = (node: number, callee: number): void => {
    if (!small[callee]) small[node] = false;
    if (seen[callee] === 'open') {
      small[node] = false;
      // The table has no entry: whoever calls through it and is called by it gets the check.
      checked[callee === table ? node : callee] = true;
    } else if (!checked[callee]) {
      const before = unpaid[node] ?? 0;
      const more = unpaid[callee] ?? 0;
      unpaid[node] = node === table ? Math.max(before, more) : before + more;
    }
  };
  const finish = (node: number): void => {
    const bytes = unpaid[node] ?? 0;
    if (bytes > MAX_SMALL_BYTES) small[node] = false;
    if (bytes > MAX_UNPAID_BYTES && node !== table) checked[node] = true;
    seen[node] = 'done';
  };
  for (let root = 0; root <= table; root++) {
    if (seen[root] === undefined) walk(root, callees, seen, settle, finish);
  }
  return {
    checked,
    smallBytes: (callee) =>
      nodesOf(callee).reduce((sum, node) => sum + (small[node] === true ? (unpaid[node] ?? 0) : Infinity), 0),
  };
}

/** Without recursion of its own: a chain of calls may be longer than the stack is deep. */
function walk(
  root: number,
  callees: readonly (readonly number[])[],
  seen: ('open' | 'done' | undefined)[],
  settle: (node: number, callee: number) => void,
  finish: (node: number) => void,
): void {
  seen[root] = 'open';
  const path = [{ node: root, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const callee = callees[top.node]?.[top.next];
    if (callee === undefined) {
      finish(top.node);
      path.pop();
    } else if (seen[callee] === undefined) {
      // Looked at again, and settled, once it is done.
      seen[callee] = 'open';
      path.push({ node: callee, next: 0 });
    } else {
      settle(top.node, callee);
      top.next++;
    }
  }
}
