import type { Clock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import type { Decision } from '../../src/decision/decision.ts';
import { Engine } from '../../src/decision/engine.ts';
import type { DecisionEvent } from '../../src/observe/decision-event.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import { activate, question } from './engine.ts';

/** A clock that stands still unless a test moves it. */
export interface SetClock extends Clock {
  wall: number;
}

export function setClock(wallMs: number): SetClock {
  const clock = { wall: wallMs, wallMs: () => clock.wall, monotonicMs: () => 0 };
  return clock;
}

/** Engine and cache as the server has them, over one policy set and a clock of the test's. */
export interface ClockedEngine {
  readonly clock: SetClock;
  readonly events: readonly DecisionEvent[];
  /** Asks at a wall-clock time, milliseconds. */
  readonly askAt: (wallMs: number, entrypoint: string, input?: unknown) => Promise<Decision>;
  readonly close: () => void;
}

export async function clockedEngine(
  set: PolicySetDescriptor,
  create: (set: PolicySetDescriptor, clock: Clock) => Promise<Evaluator>,
): Promise<ClockedEngine> {
  const clock = setClock(0);
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 10_000_000,
    maxEntries: 1000,
    maxAgeMs: 7 * 24 * 60 * 60 * 1000,
  });
  const plane = new DataPlane([set.name], (descriptor) => create(descriptor, clock), cache);
  await activate(plane, set);
  const events: DecisionEvent[] = [];
  const engine = new Engine(plane, [{ write: (event) => void events.push(event) }], clock);
  return {
    clock,
    events,
    askAt: async (wallMs, entrypoint, input) => {
      clock.wall = wallMs;
      const json = input === undefined ? {} : { json: JSON.stringify(input) };
      return await engine.decide(question({ policySet: set.name, entrypoint, ...json }), Infinity);
    },
    close: () => plane.close(),
  };
}
