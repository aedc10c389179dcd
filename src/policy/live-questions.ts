import type { Clock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { Evaluator } from './evaluator.ts';
import type { Pauses } from './pauses.ts';
import type { DecisionVector } from './vector-format.ts';
import { requireVectors, runVectors } from './vectors.ts';

/** How long one evaluation may take. A policy that needs longer would never answer in time. */
const MAX_EVALUATION_MS = 10_000;

/** What a policy set is asked before it goes live. Plain data. */
export interface LiveQuestions {
  /** Entrypoints that must answer at all. */
  readonly entrypoints: readonly string[];
  readonly vectors: readonly BundleVectors[];
}

/** The decision vectors of one bundle. */
export interface BundleVectors {
  readonly bundle: string;
  readonly vectors: readonly WireVector[];
}

/** A decision vector whose documents are text: numbers that keep their text do not survive a structured clone. */
interface WireVector extends Omit<DecisionVector, 'inputJson' | 'expect'> {
  readonly input: string | undefined;
  readonly expect: string | undefined;
}

/** Vectors as they go to another thread. */
export function toWireVectors(vectors: readonly DecisionVector[]): readonly WireVector[] {
  return vectors.map(({ name, entrypoint, nowMs, inputJson, expect }) => ({
    name,
    entrypoint,
    nowMs,
    input: inputJson && Buffer.from(inputJson).toString(),
    expect: expect === undefined ? undefined : JSON.stringify(expect),
  }));
}

const fromWire = ({ name, entrypoint, nowMs, input, expect }: WireVector): DecisionVector => ({
  name,
  entrypoint,
  nowMs,
  inputJson: input === undefined ? undefined : Buffer.from(input),
  expect: expect === undefined ? undefined : parseJson(expect),
});

/**
 * Asks an evaluator: every vector must be answered as expected, and every entrypoint must answer. Other work gets its turn in between.
 * Rejects with `bundle_vectors_failed` or `bundle_smoke_failed`.
 */
export async function askLive(
  { entrypoints, vectors }: LiveQuestions,
  evaluator: Evaluator,
  clock: Clock,
  pauses: Pauses,
): Promise<void> {
  for (const { bundle, vectors: written } of vectors) {
    const results = [];
    for (const each of written) {
      results.push(...(await runVectors([fromWire(each)], evaluator, clock)));
      await pauses.perhaps();
    }
    try {
      requireVectors(results);
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      throw new PortcullisError(code, `bundle ${bundle}: ${message}`, { cause: thrown });
    }
  }
  for (const entrypoint of entrypoints) {
    await smoke(entrypoint, evaluator, clock);
    await pauses.perhaps();
  }
}

/**
 * Without any input the answer does not matter, but there must be one. A conflict between rules is an answer too: a
 * policy may rely on inputs that callers always send.
 */
async function smoke(entrypoint: string, evaluator: Evaluator, clock: Clock): Promise<void> {
  for (const input of [undefined, Buffer.from('{}')]) {
    try {
      const deadlineMs = clock.monotonicMs() + MAX_EVALUATION_MS;
      await evaluator.evaluate(entrypoint, input, { wallMs: clock.wallMs(), deadlineMs });
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      if (code === 'evaluation_conflict') continue;
      throw new PortcullisError('bundle_smoke_failed', `${entrypoint} does not answer: ${message}`, {
        cause: thrown,
      });
    }
  }
}
