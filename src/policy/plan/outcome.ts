/** How a block of a plan ended: at its end, by a return, or left; from 0, how many blocks around it are left with it. */
export type Outcome = number;

export const RETURN: Outcome = -2;
export const END: Outcome = -1;
/** A statement that is undefined leaves its block, as `break 0` does. */
export const LEFT: Outcome = 0;

export function goOnIf(holds: boolean): Outcome {
  return holds ? END : LEFT;
}

/** The outcome of a block for the block around it, which does not just go on. */
export function outward(outcome: Outcome): Outcome {
  return outcome === RETURN ? RETURN : outcome - 1;
}

/** As `outward`. The module's loop stands in a block of its own, which a break counts (`compileScan` in internal/compiler/wasm); the planner makes no such break. */
export function afterScan(outcome: Outcome): Outcome {
  if (outcome === RETURN) return RETURN;
  return outcome === 1 ? END : outcome - 2;
}
