import { parseJson } from '../../json/parse.ts';
import type { Effect } from '../builtins/builtin.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluation, EvaluationTime, Evaluator, InstanceMemory } from '../evaluator.ts';
import {
  createPlanEvaluator,
  type PlanEvaluator,
  type PlanEvaluatorOptions,
} from '../plan/plan-evaluator.ts';
import { sameJson } from '../same-json.ts';
import type { HeapImage } from '../wasm/heap-image.ts';
import { AttemptPace, AttemptShare } from './attempt-pace.ts';
import { Attempted, questionHash } from './attempted.ts';
import { clockBuiltins } from './clock-builtins.ts';
import { TimeWindow } from './time-window.ts';

/** Data that plans read are kept a second time: more is not worth it. */
const MAX_DATA_BYTES = 4 * 1024 * 1024;

/** Effects that make an answer uncacheable whatever becomes of the clock. */
const OF_ITS_OWN: ReadonlySet<Effect> = new Set<Effect>(['network', 'random']);

/** Deeper than any policy nests values. */
const MAX_DEPTH = { maxDepth: 4000 };

/**
 * An evaluator that finds out how long answers hold which used the clock, where the footprint says that the time is only
 * compared: the plan is evaluated as well, with a time that notices what is done with it. Such evaluations have the effect `window`
 * then. Gives `evaluator` itself where there is no such entrypoint.
 */
export function withTimeWindows(
  descriptor: PolicySetDescriptor,
  evaluator: Evaluator,
  options: PlanEvaluatorOptions,
): Evaluator {
  const entrypoints = entrypointsWithWindows(descriptor, options.timeResolutionMs);
  if (entrypoints.length === 0) return evaluator;
  const window = new TimeWindow();
  const { network: _, onPrint: __, builtins, ...rest } = options;
  const plans = createPlanEvaluator(
    { ...descriptor, entrypoints },
    { ...rest, builtins: clockBuiltins(builtins, window) },
  );
  return new WindowedEvaluator(evaluator, plans, window, entrypoints, options);
}

/** The entrypoints for which `withTimeWindows` evaluates plans. */
export function entrypointsWithWindows(
  descriptor: PolicySetDescriptor,
  timeResolutionMs: number | undefined,
): readonly string[] {
  if (timeResolutionMs !== undefined || descriptor.dataJson.length > MAX_DATA_BYTES) return [];
  return descriptor.entrypoints.filter((path) => isComparing(descriptor, path));
}

function isComparing({ footprints, modules }: PolicySetDescriptor, entrypoint: string): boolean {
  const footprint = footprints?.get(entrypoint);
  if (
    footprint?.clock !== 'compared' ||
    [...footprint.effects.keys()].some((effect) => OF_ITS_OWN.has(effect))
  ) {
    return false;
  }
  const owner = modules.find(({ entrypoints }) => Object.hasOwn(entrypoints, entrypoint));
  return owner?.plan !== undefined;
}

class WindowedEvaluator implements Evaluator {
  readonly #evaluator: Evaluator;
  readonly #plans: PlanEvaluator;
  readonly #window: TimeWindow;
  readonly #clock: PlanEvaluatorOptions['clock'];
  readonly #paces: ReadonlyMap<string, AttemptPace>;
  readonly #share = new AttemptShare();
  readonly #attempted = new Attempted();

  constructor(
    evaluator: Evaluator,
    plans: PlanEvaluator,
    window: TimeWindow,
    entrypoints: readonly string[],
    { clock }: Pick<PlanEvaluatorOptions, 'clock'>,
  ) {
    this.#evaluator = evaluator;
    this.#plans = plans;
    this.#window = window;
    this.#clock = clock;
    this.#paces = new Map(entrypoints.map((path) => [path, new AttemptPace()]));
  }

  evaluate(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Evaluation | Promise<Evaluation> {
    const pace = this.#paces.get(entrypoint);
    if (pace === undefined || time.exactTime === true || time.background === true)
      return this.#evaluator.evaluate(entrypoint, inputJson, time);
    const startMs = this.#clock.monotonicMs();
    const evaluation = this.#evaluator.evaluate(entrypoint, inputJson, time);
    if (evaluation instanceof Promise || !evaluation.effects.includes('clock')) return evaluation;
    const nowMs = this.#clock.monotonicMs();
    const hash = questionHash(entrypoint, inputJson);
    const isPromising = this.#attempted.isPromising(hash);
    if (!this.#share.allows(nowMs, isPromising)) return evaluation;
    const budgetMs = pace.budgetMs(nowMs - startMs, isPromising);
    if (budgetMs === 0) return evaluation;
    const untilMs = Math.min(nowMs + budgetMs, time.interruptAtMs ?? Number.POSITIVE_INFINITY);
    const windowed = this.#windowed(entrypoint, inputJson, { ...time, interruptAtMs: untilMs }, evaluation);
    pace.ended(windowed !== undefined);
    if (windowed === undefined) this.#attempted.failed(hash);
    this.#share.took(nowMs, this.#clock.monotonicMs());
    return windowed ?? evaluation;
  }

  memory(): InstanceMemory {
    return this.#evaluator.memory?.() ?? { instances: 0, bytes: 0 };
  }

  images(given?: boolean): ReadonlyMap<string, HeapImage> {
    return this.#evaluator.images?.(given) ?? new Map();
  }

  close(): void {
    this.#evaluator.close();
    this.#plans.close();
  }

  /** The evaluation with the window in which it holds; undefined where none was found. */
  #windowed(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    evaluation: Evaluation,
  ): Evaluation | undefined {
    const window = this.#window;
    window.reset();
    let watched: Evaluation;
    try {
      watched = this.#plans.evaluate(entrypoint, inputJson, time);
    } catch {
      // Something looked at the time, it took too long, or it failed: the answer is there already.
      return undefined;
    }
    if (!window.isOpen || !isSame(evaluation.json, watched.json)) return undefined;
    const validFromMs = Math.max(window.fromMs, watched.validFromMs, evaluation.validFromMs);
    const validUntilMs = Math.min(window.untilMs, watched.validUntilMs, evaluation.validUntilMs);
    if (time.wallMs < validFromMs || time.wallMs >= validUntilMs) return undefined;
    const others = evaluation.effects.filter((effect) => effect !== 'clock' && effect !== 'window');
    return { ...evaluation, effects: ['window', ...others], validFromMs, validUntilMs };
  }
}

function isSame(module: string | undefined, plan: string | undefined): boolean {
  if (module === plan) return true;
  if (module === undefined || plan === undefined) return false;
  return sameJson(parseJson(module, MAX_DEPTH), parseJson(plan, MAX_DEPTH));
}
