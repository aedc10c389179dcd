import type { Clock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import type { Question } from '../../src/decision/decision.ts';
import { Engine } from '../../src/decision/engine.ts';
import { jsonBytesView, NO_INPUT_VIEW } from '../../src/decision/json-view.ts';
import type { DecisionEvent } from '../../src/observe/decision-event.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluation, Evaluator } from '../../src/policy/evaluator.ts';

const LIMITS = { maxBytes: 10_000, maxDepth: 32 };
export const CACHE = { enabled: true, maxBytes: 1_000_000, maxEntries: 1000, maxAgeMs: 60_000 };

export const descriptor = (name: string, parts: Partial<PolicySetDescriptor> = {}): PolicySetDescriptor => ({
  name,
  modules: [],
  dataJson: Buffer.from('{}'),
  entrypoints: ['a/allow', 'a/other'],
  defaultEntrypoint: 'a/allow',
  policyDigest: `policy of ${name}`,
  dataDigest: 'data',
  revisions: { policy: '1' },
  activatedAtMs: 0,
  ...parts,
});

export const evaluation = (json: string | undefined, parts: Partial<Evaluation> = {}): Evaluation => ({
  json,
  validFromMs: -Infinity,
  validUntilMs: Infinity,
  effects: [],
  nonDeterministic: undefined,
  builtinErrors: [],
  ...parts,
});

export type Answer = (entrypoint: string, input: string | undefined) => Evaluation | Promise<Evaluation>;

export const activate = async (plane: DataPlane, to: PolicySetDescriptor): Promise<void> =>
  (await plane.stage(to)).activate();

/** What a test of the engine works with. */
export interface EngineBench {
  readonly engine: Engine;
  readonly plane: DataPlane;
  readonly events: readonly DecisionEvent[];
  /** What was closed, as `policy set@revision`. */
  readonly closed: readonly string[];
  readonly clock: Clock & { wall: number; mono: number };
  readonly evaluations: () => number;
}

/** An engine over an evaluator that is a function, with a clock that stands still unless a test moves it. */
export async function setUp(answer: Answer, sets: readonly string[] = ['shop']): Promise<EngineBench> {
  const closed: string[] = [];
  let evaluations = 0;
  const clock = { wall: 1_000_000, mono: 0, wallMs: () => clock.wall, monotonicMs: () => clock.mono };
  const create = async ({ name, revisions }: PolicySetDescriptor): Promise<Evaluator> => ({
    evaluate: (entrypoint, input) => {
      evaluations++;
      return answer(entrypoint, input && Buffer.from(input).toString());
    },
    close: () => closed.push(`${name}@${revisions['policy']}`),
  });
  const plane = new DataPlane(sets, create, new DecisionCache(CACHE));
  const events: DecisionEvent[] = [];
  const engine = new Engine(plane, [{ write: (event) => events.push(event) }], clock);
  return { engine, plane, events, closed, clock, evaluations: () => evaluations };
}

export const question = (parts: Partial<Question> & { json?: string } = {}): Question => {
  const { json, ...rest } = parts;
  return {
    policySet: 'shop',
    entrypoint: 'a/allow',
    input: json === undefined ? NO_INPUT_VIEW : jsonBytesView(Buffer.from(json), LIMITS),
    noCache: false,
    caller: { requestedBy: 'test', api: 'test' },
    ...rest,
  };
};
