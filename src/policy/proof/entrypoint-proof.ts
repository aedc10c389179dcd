import type { Clock } from '../../clock.ts';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import type { JsonValue } from '../../json/value.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluation, EvaluationTime } from '../evaluator.ts';
import { FULL } from '../plan/footprint.ts';
import type { Projector } from '../projection/projection.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../projection/projector.ts';
import type { PlanEvaluators } from './plan-evaluators.ts';
import { PlanJudge } from './plan-judge.ts';
import type { Met } from './plan-watcher.ts';
import type { ProofEvaluators } from './proof-evaluators.ts';
import { type Answer, differenceExact } from './same-answer.ts';

/** What is proved, and with what. */
export interface ProofSubject {
  readonly descriptor: PolicySetDescriptor;
  /** By entrypoint, the base data that it can see as JSON; where it is not there, no plan is asked. */
  readonly seenData: ReadonlyMap<string, Uint8Array>;
  readonly evaluators: ProofEvaluators;
  readonly clock: Clock;
  /** How many inputs are generated; 300 when not given. */
  readonly maxGenerated?: number | undefined;
}

/** One input, and when it is asked. */
export interface ProofQuestion {
  /** Undefined: no input. */
  readonly document: JsonValue | undefined;
  readonly wallMs: number;
  /** Names the input. */
  readonly what: string;
  /** Whether it is of interest how far it gets in the plan. */
  readonly isWatched: boolean;
}

/** An evaluation may hold the thread for so long. Inputs that need longer prove nothing; what answers to callers has time limits of its own. */
const MAX_EVALUATION_MS = 50;
/** After so many of them an entrypoint is asked with no more generated inputs. */
const MAX_SKIPPED = 3;

/** What says nothing of the answer. */
const INCONCLUSIVE = new Set(['deadline_exceeded', 'evaluation_limit', 'overloaded', 'cancelled']);

/** More different answers tell no inputs apart: such as echo the input. */
const MAX_ANSWERS = 20;

/** An input whose answers were compared. */
export interface Compared {
  /** It was answered otherwise than all before it, or got further in the plan. */
  readonly isNews: boolean;
  readonly met: Met;
}

/** Compares the answers of one entrypoint. */
export class EntrypointProof {
  readonly path: string;
  readonly #subject: ProofSubject;
  /** Undefined where the whole input is evaluated anyway. */
  readonly #projector: Projector | undefined;
  readonly #judge: PlanJudge;
  readonly #answers = new Set<string>();
  #reached = 0;
  #skipped = 0;

  constructor(path: string, subject: ProofSubject, plans: PlanEvaluators) {
    this.path = path;
    this.#subject = subject;
    const tree = subject.descriptor.footprints?.get(path)?.input;
    this.#projector = tree === undefined || (tree.reads & FULL) !== 0 ? undefined : compileProjector(tree);
    this.#judge = new PlanJudge(path, subject, plans, (evaluate, wallMs) => this.#ask(evaluate, wallMs));
  }

  /** Whether there is something to compare. */
  get worthwhile(): boolean {
    return this.#skipped < MAX_SKIPPED && (this.#projector !== undefined || this.#judge.available);
  }

  /**
   * Asks with the whole input, with the part that can be seen, and the plan. Resolves with undefined when the answers could not be compared.
   * Rejects with `bundle_footprint_wrong` or `bundle_evaluators_differ`.
   */
  async compare(question: ProofQuestion): Promise<Compared | undefined> {
    const { document, wallMs, what } = question;
    const { answers } = this.#subject.evaluators;
    const wholeJson = WHOLE_PROJECTOR.project(document).json;
    const whole = await this.#ask((time) => answers.evaluate(this.path, wholeJson, time), wallMs);
    if (whole === undefined) return this.#skip();
    if (this.#projector !== undefined) {
      const { json } = this.#projector.project(document);
      const projected = await this.#ask((time) => answers.evaluate(this.path, json, time), wallMs);
      if (projected === undefined) return this.#skip();
      const difference = differenceExact(whole, projected);
      if (difference !== undefined) {
        const message = `${this.path}, ${what}: the whole input and the part of it that the plan reads are answered by ${difference}; the policy reads more than its plan says`;
        throw new PortcullisError('bundle_footprint_wrong', message);
      }
    }
    if (!(await this.#judge.compare(whole, wholeJson, question))) return this.#skip();
    return { isNews: this.#isNews(whole), met: this.#judge.watcher.met };
  }

  #isNews(answer: Answer): boolean {
    const { reached } = this.#judge.watcher;
    const further = reached > this.#reached;
    this.#reached = reached;
    const text = answer.error ?? answer.evaluation.json ?? '';
    const other = !this.#answers.has(text) && this.#answers.size < MAX_ANSWERS;
    if (other) this.#answers.add(text);
    return further || other;
  }

  #skip(): undefined {
    this.#skipped++;
  }

  /** Undefined when that took too much time or memory. */
  async #ask(
    evaluate: (time: EvaluationTime) => Evaluation | Promise<Evaluation>,
    wallMs: number,
  ): Promise<Answer | undefined> {
    const deadlineMs = this.#subject.clock.monotonicMs() + MAX_EVALUATION_MS;
    try {
      return { evaluation: await evaluate({ wallMs, deadlineMs, exactTime: true }) };
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      return INCONCLUSIVE.has(code) ? undefined : { error: code, message };
    }
  }
}
