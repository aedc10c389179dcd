import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { VERSION } from '../config/version.ts';
import { keyPrefix, policySetDigest, treeText } from '../decision/key.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { askLive, type LiveQuestions, toWireVectors } from '../policy/live-questions.ts';
import { createLocalEvaluator, type LocalEvaluatorOptions } from '../policy/local-evaluator.ts';
import { mayAskNetwork } from '../policy/network/may-ask.ts';
import { Pauses } from '../policy/pauses.ts';
import { WHOLE } from '../policy/plan/footprint.ts';
import { createPlanEvaluator } from '../policy/plan/plan-evaluator.ts';
import { type PlanParts, splitPlan } from '../policy/plan/plan-parts.ts';
import type { PreparedPolicySet } from '../policy/prepared.ts';
import { type ProofReport, provePolicySet } from '../policy/proof/prove-policy-set.ts';
import { entrypointsWithWindows } from '../policy/time-windows/windowed-evaluator.ts';
import { type DecisionVector, parseVectors } from '../policy/vectors.ts';
import type { PreparedBundle } from './activation.ts';
import { combine, type PolicySetRules } from './combine.ts';
import { type Footprinted, withFootprints } from './footprints.ts';
import type { PreparationParts } from './inline-preparer.ts';
import type { Preparation } from './preparer.ts';

/** What the evaluators of the data planes are given as well: the same policies must answer alike. Plain data. */
export type EvaluationLimits = Pick<
  LocalEvaluatorOptions,
  'maxMemoryBytes' | 'maxInputDepth' | 'runtime' | 'timeResolutionMs'
>;

/** Other work of the thread, if there is any, gets its turn after so long. */
const SLICE_MS = 5;

/**
 * Bundles → one policy set → footprints → data in the memory of its modules → decision vectors → smoke → proof. Rejects with the code of the first
 * check that fails. What may ask the network is asked by the data planes only, which can.
 */
export async function preparePolicySet(
  rules: PolicySetRules,
  bundles: readonly PreparedBundle[],
  activatedAtMs: number,
  parts: PreparationParts,
  provedBefore?: string,
): Promise<Preparation> {
  await setImmediate();
  const combined = combine(rules, bundles, activatedAtMs);
  const footprinted = await withFootprints(combined, bundles, parts.footprintsOf);
  const { descriptor, unknown } = footprinted;
  await setImmediate();
  const { clock, limits } = parts;
  const options: LocalEvaluatorOptions = { ...limits, builtins: BUILTINS, clock, spares: false };
  const answers = await createLocalEvaluator(descriptor, options);
  try {
    // Before anything is evaluated: this is what the data planes will have. Evaluations do not change it.
    const shared = parts.givesMemory === true ? undefined : answers.images?.();
    const { vectors, questions } = questionsOf(bundles, descriptor);
    const proved = proofName(descriptor, limits);
    let proof: ProofReport = { inputs: 0, skipped: 0, tookMs: 0 };
    // The data plane asks the questions in any case.
    if (proved !== provedBefore) {
      const pauses = new Pauses(SLICE_MS, () => clock.monotonicMs());
      await askLive(withoutNetwork(questions, descriptor), answers, clock, pauses);
      proof = await prove(footprinted, vectors, answers, options, parts);
    }
    const plans = plansFor(descriptor, limits?.timeResolutionMs);
    const images = shared ?? answers.images?.(true) ?? new Map();
    const prepared: PreparedPolicySet = { descriptor, seeds: { images, plans }, questions };
    return { prepared, unknown, proof, proved };
  } finally {
    answers.close();
  }
}

/**
 * Names what a proof is about: policies, data, footprints, limits, and the program that evaluates. Of the same, the same inputs would be
 * asked again.
 */
function proofName(descriptor: PolicySetDescriptor, limits: EvaluationLimits | undefined): string {
  const { entrypoints, footprints, planned = [] } = descriptor;
  const named = createHash('sha256');
  for (const path of entrypoints) {
    const { input = WHOLE, data = WHOLE, clock = '' } = footprints?.get(path) ?? {};
    named.update(keyPrefix([path, treeText(input), treeText(data), clock, String(planned.includes(path))]));
  }
  const { maxInputDepth, maxMemoryBytes, timeResolutionMs } = limits ?? {};
  const bounds = [maxInputDepth, maxMemoryBytes, timeResolutionMs].map(String);
  named.update(keyPrefix([policySetDigest(descriptor), VERSION, process.version, ...bounds]));
  return named.digest('hex');
}

function prove(
  { descriptor, seenData }: Footprinted,
  vectors: readonly DecisionVector[],
  answers: Parameters<typeof askLive>[1],
  options: LocalEvaluatorOptions,
  { clock, maxGeneratedInputs }: PreparationParts,
): Promise<ProofReport> {
  const evaluators = {
    answers,
    planned: (planned: PolicySetDescriptor) => createPlanEvaluator(planned, options),
  };
  const subject = { descriptor, seenData, evaluators, clock, maxGenerated: maxGeneratedInputs };
  return provePolicySet(subject, vectors);
}

function questionsOf(
  bundles: readonly PreparedBundle[],
  { entrypoints }: PolicySetDescriptor,
): { readonly vectors: readonly DecisionVector[]; readonly questions: LiveQuestions } {
  const parsed = bundles.flatMap(({ name, bundle }) =>
    bundle.vectors === undefined ? [] : [{ bundle: name, vectors: parseVectors(bundle.vectors) }],
  );
  return {
    vectors: parsed.flatMap(({ vectors }) => vectors),
    questions: {
      entrypoints,
      vectors: parsed.map(({ bundle, vectors }) => ({ bundle, vectors: toWireVectors(vectors) })),
    },
  };
}

function withoutNetwork(
  { entrypoints, vectors }: LiveQuestions,
  descriptor: PolicySetDescriptor,
): LiveQuestions {
  const networked = new Set(entrypoints.filter((path) => mayAskNetwork(descriptor, path, BUILTINS)));
  if (networked.size === 0) return { entrypoints, vectors };
  return {
    entrypoints: entrypoints.filter((path) => !networked.has(path)),
    vectors: vectors.map((each) => ({
      ...each,
      vectors: each.vectors.filter(({ entrypoint }) => !networked.has(entrypoint)),
    })),
  };
}

/** The plans that a data plane evaluates, in pieces: those that answer, and those that tell how long an answer holds. */
function plansFor(
  descriptor: PolicySetDescriptor,
  timeResolutionMs: number | undefined,
): ReadonlyMap<string, PlanParts> {
  const evaluated = new Set([
    ...(descriptor.planned ?? []),
    ...entrypointsWithWindows(descriptor, timeResolutionMs),
  ]);
  const plans = new Map<string, PlanParts>();
  for (const { bundle, entrypoints, plan } of descriptor.modules) {
    if (plan !== undefined && Object.keys(entrypoints).some((path) => evaluated.has(path)))
      plans.set(bundle, splitPlan(plan));
  }
  return plans;
}
