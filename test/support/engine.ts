import type { Clock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import type { Question } from '../../src/decision/decision.ts';
import { Engine } from '../../src/decision/engine.ts';
import { jsonBytesView, NO_INPUT_VIEW } from '../../src/decision/json-view.ts';
import { type ShadowDifference, type ShadowOptions, ShadowVerifier } from '../../src/decision/shadow.ts';
import type { DecisionEvent } from '../../src/observe/decision-event.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluation, EvaluationTime, Evaluator } from '../../src/policy/evaluator.ts';
import { type Footprint, type ReadTree, SCALAR } from '../../src/policy/plan/footprint.ts';
import { unprepared } from '../../src/policy/prepared.ts';

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

export type Answer = (
  entrypoint: string,
  input: string | undefined,
  time: EvaluationTime,
) => Evaluation | Promise<Evaluation>;

export const activate = async (plane: DataPlane, to: PolicySetDescriptor): Promise<void> =>
  (await plane.stage(unprepared(to))).activate();

/** What a test of the engine works with. */
export interface EngineBench {
  readonly engine: Engine;
  readonly plane: DataPlane;
  readonly events: readonly DecisionEvent[];
  /** What was closed, as `policy set@revision`. */
  readonly closed: readonly string[];
  readonly clock: Clock & { wall: number; mono: number };
  readonly evaluations: () => number;
  readonly cache: DecisionCache;
  /** Verifies what it is told to, and what it found. */
  readonly shadow: ShadowVerifier;
  readonly differences: readonly ShadowDifference[];
}

/** An engine over an evaluator that is a function, with a clock that stands still unless a test moves it. */
export async function setUp(
  answer: Answer,
  sets: readonly string[] = ['shop'],
  verified: Partial<Pick<ShadowOptions, 'rate' | 'maxShare' | 'onDifference'>> = {},
): Promise<EngineBench> {
  const closed: string[] = [];
  let evaluations = 0;
  const clock = { wall: 1_000_000, mono: 0, wallMs: () => clock.wall, monotonicMs: () => clock.mono };
  const create = async ({ name, revisions }: PolicySetDescriptor): Promise<Evaluator> => ({
    evaluate: (entrypoint, input, time) => {
      evaluations++;
      return answer(entrypoint, input && Buffer.from(input).toString(), time);
    },
    close: () => closed.push(`${name}@${revisions['policy']}`),
  });
  const cache = new DecisionCache(CACHE);
  const plane = new DataPlane(sets, create, cache);
  const events: DecisionEvent[] = [];
  const differences: ShadowDifference[] = [];
  const shadow = new ShadowVerifier({
    rate: 0,
    maxShare: 1,
    clock,
    random: () => 0.5,
    onDifference: (difference) => differences.push(difference),
    ...verified,
  });
  const engine = new Engine(plane, [{ write: (event) => events.push(event) }], clock, { shadow });
  return { engine, plane, events, closed, clock, evaluations: () => evaluations, cache, shadow, differences };
}

/** A footprint that sees scalars at these paths, such as `user/role`, and nothing else. */
export function footprint(...paths: readonly string[]): Footprint {
  let input: ReadTree = { reads: 0 };
  for (const path of paths) input = withPath(input, path.split('/'));
  return { input, data: { reads: 0 }, effects: new Map(), clock: 'unread', fullReads: [] };
}

function withPath(tree: ReadTree, [key, ...rest]: readonly string[]): ReadTree {
  if (key === undefined) return { ...tree, reads: tree.reads | SCALAR };
  const child = withPath(tree.children?.get(key) ?? { reads: 0 }, rest);
  return { ...tree, children: new Map(tree.children).set(key, child) };
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
