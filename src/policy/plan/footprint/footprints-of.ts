import type { DataDocument } from '../../../json/canonical-text.ts';
import type { Effect } from '../../builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../../builtins/native/registry.ts';
import { BUILTINS } from '../../builtins/registry.ts';
import { type Footprint, WHOLE } from '../footprint.ts';
import type { Plan } from '../ir.ts';
import { Analysis } from './analysis.ts';
import { TooMuch } from './budget.ts';
import type { Context } from './context.ts';
import { fullReads, readTrees } from './read-trees.ts';

/**
 * What each entrypoint of a plan can depend on. What is not understood counts as read in full. docs/adr/0016 says how.
 * @param data the base data that the policies are evaluated with: keys that come from there are known, so that other data need
 *   another analysis
 */
export function footprintsOf(plan: Plan, data: DataDocument): ReadonlyMap<string, Footprint> {
  let reached: ReadonlyMap<string, readonly Context[]>;
  try {
    reached = new Analysis(plan, data).run();
  } catch (thrown) {
    // V8 raises the second when blocks nest too deeply.
    if (!(thrown instanceof TooMuch) && !(thrown instanceof RangeError)) throw thrown;
    return new Map(Array.from(plan.entrypoints.keys(), (name) => [name, unknownFootprint(plan)]));
  }
  return new Map(Array.from(reached, ([name, contexts]) => [name, footprintOf(contexts)]));
}

function footprintOf(contexts: readonly Context[]): Footprint {
  const builtins = new Set(contexts.flatMap((context) => [...context.builtins]));
  const freed = contexts.map(({ observer }) => observer.freesClock).find((reason) => reason !== undefined);
  return {
    ...readTrees(contexts),
    effects: effectsOf(builtins),
    clock: clockOf(builtins, freed !== undefined),
    ...(freed !== undefined && { clockFreed: freed }),
    fullReads: fullReads(contexts),
  };
}

function unknownFootprint(plan: Plan): Footprint {
  const builtins = new Set(plan.builtins);
  const at = { file: '', row: 0, col: 0, endRow: 0, endCol: 0 };
  return {
    input: WHOLE,
    data: WHOLE,
    effects: effectsOf(builtins),
    clock: clockOf(builtins, true),
    fullReads: [{ path: 'input', at, why: 'the policies are too large to be analysed' }],
  };
}

function clockOf(builtins: ReadonlySet<string>, isFree: boolean): Footprint['clock'] {
  if (!builtins.has('time.now_ns')) return 'unread';
  return isFree ? 'free' : 'compared';
}

function effectsOf(builtins: ReadonlySet<string>): ReadonlyMap<Effect, readonly string[]> {
  const effects = new Map<Effect, string[]>();
  for (const name of [...builtins].sort()) {
    for (const effect of (BUILTINS.get(name) ?? NATIVE_BUILTINS.get(name))?.effects ?? []) {
      const names = effects.get(effect);
      if (names === undefined) effects.set(effect, [name]);
      else names.push(name);
    }
  }
  return new Map([...effects].sort(([a], [b]) => (a < b ? -1 : 1)));
}
