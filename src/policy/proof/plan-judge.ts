import { PortcullisError } from '../../errors.ts';
import type { Evaluation, EvaluationTime } from '../evaluator.ts';
import { planFindings } from '../plan/findings/plan-findings.ts';
import type { Plan } from '../plan/ir.ts';
import type { PlanEvaluator } from '../plan/plan-evaluator.ts';
import { planOf } from '../plan/plan-of.ts';
import { MAX_DATA_DEPTH, readDocument } from '../plan/read-document.ts';
import type { ProofQuestion, ProofSubject } from './entrypoint-proof.ts';
import type { PlanEvaluators } from './plan-evaluators.ts';
import { PlanWatcher } from './plan-watcher.ts';
import { type Answer, differenceByValue, differenceExact } from './same-answer.ts';

type Ask = (evaluate: (time: EvaluationTime) => Evaluation, wallMs: number) => Promise<Answer | undefined>;

/** What it was used for gives another result each time. */
const NOT_COMPARABLE = new Set(['random', 'network']);

/** Modules keep bytes that are no UTF-8, which the host cannot: a difference that is documented. */
const BYTES_FROM_TEXT = ['base64.decode', 'base64url.decode'];
const REPLACEMENT = '\u{FFFD}';

/** Compares what answers an entrypoint with its plan, and the plan over all data with itself over the data that it is said to see. */
export class PlanJudge {
  readonly #path: string;
  readonly #subject: ProofSubject;
  readonly #plans: PlanEvaluators;
  readonly #ask: Ask;
  /** Of what is asked of the plan over all data, where it is wanted. */
  readonly watcher: PlanWatcher = new PlanWatcher();
  /** Undefined where there is too much data. */
  readonly #overAll: PlanEvaluator | undefined;
  readonly #overSeen: PlanEvaluator | undefined;
  /** Whether the module has to answer as the plan. */
  #modulesAgree: boolean;

  constructor(path: string, subject: ProofSubject, plans: PlanEvaluators, ask: Ask) {
    const { dataJson, planned } = subject.descriptor;
    this.#path = path;
    this.#subject = subject;
    this.#plans = plans;
    this.#ask = ask;
    this.#overAll = plans.over(path, dataJson);
    this.#overSeen = plans.over(path, subject.seenData.get(path));
    // Where the plan answers it is the operator's way out of a module that answers otherwise.
    this.#modulesAgree = planned?.includes(path) !== true;
  }

  /** Whether a plan can be asked. */
  get available(): boolean {
    return this.#overAll !== undefined || this.#overSeen !== undefined;
  }

  /** Resolves with false when the plan took too long. Rejects with `bundle_footprint_wrong` or `bundle_evaluators_differ`. */
  async compare(
    whole: Answer,
    json: Uint8Array | undefined,
    { isWatched, wallMs, what }: ProofQuestion,
  ): Promise<boolean> {
    const plan = this.#overAll ?? this.#overSeen;
    if (plan === undefined) return true;
    if (whole.evaluation?.effects.some((effect) => NOT_COMPARABLE.has(effect)) === true) return true;
    const answer = await this.#askPlan(plan, json, wallMs, isWatched ? this.watcher : undefined);
    if (answer === undefined) return false;
    const place = `${this.#path}, ${what}`;
    const difference = this.#modulesAgree ? differenceByValue(whole, answer) : undefined;
    if (difference !== undefined && !this.#isKnown(whole, answer)) {
      throw new PortcullisError('bundle_evaluators_differ', `${place}: module and plan answer ${difference}`);
    }
    if (this.#overSeen === undefined || plan === this.#overSeen) return true;
    const seen = await this.#askPlan(this.#overSeen, json, wallMs, undefined);
    if (seen === undefined) return false;
    const forgotten = differenceExact(answer, seen);
    if (forgotten === undefined) return true;
    const message = `${place}: all base data and the part of it that the plan reads are answered by ${forgotten}`;
    throw new PortcullisError('bundle_footprint_wrong', message);
  }

  #askPlan(
    plan: PlanEvaluator,
    json: Uint8Array | undefined,
    wallMs: number,
    watcher: PlanWatcher | undefined,
  ): Promise<Answer | undefined> {
    watcher?.begin();
    return this.#ask(
      (time) =>
        watcher === undefined
          ? plan.evaluate(this.#path, json, time)
          : plan.trace(this.#path, json, time, watcher),
      wallMs,
    );
  }

  /** Whether modules are known to answer otherwise there: by bytes, by an order, or by numbers as keys. */
  #isKnown(a: Answer, b: Answer): boolean {
    const plan = planOf(this.#plans.ownerOf(this.#path).plan!);
    const shown = `${a.evaluation?.json}${b.evaluation?.json}`;
    if (shown.includes(REPLACEMENT) && BYTES_FROM_TEXT.some((name) => plan.builtins.includes(name)))
      return true;
    if (!this.#hasFindings(plan)) return false;
    // From here on its answers say nothing about the plan.
    this.#modulesAgree = false;
    return true;
  }

  /** Rarely asked, and slow. */
  #hasFindings(plan: Plan): boolean {
    const { descriptor, seenData } = this.#subject;
    const known = this.#overAll === undefined ? seenData.get(this.#path)! : descriptor.dataJson;
    return planFindings(plan, readDocument(known, MAX_DATA_DEPTH)).has(this.#path);
  }
}
