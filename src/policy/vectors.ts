import { type Clock, systemClock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { Evaluator } from './evaluator.ts';
import { sameJson } from './same-json.ts';
import type { DecisionVector } from './vector-format.ts';

export { type DecisionVector, parseVectors } from './vector-format.ts';

/** How long one vector may take. */
const VECTOR_TIMEOUT_MS = 10_000;

export interface VectorResult {
  readonly vector: DecisionVector;
  readonly passed: boolean;
  /** The answer as JSON text; undefined when there was none or the evaluation failed. */
  readonly actual: string | undefined;
  /** What is wrong, in one line; empty when it passed. */
  readonly message: string;
}

/** Asks each vector's question and compares the answers; never rejects for what the policy does. */
export async function runVectors(
  vectors: readonly DecisionVector[],
  evaluator: Evaluator,
  clock: Clock = systemClock,
): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  for (const vector of vectors) {
    const wallMs = vector.nowMs ?? clock.wallMs();
    const deadlineMs = clock.monotonicMs() + VECTOR_TIMEOUT_MS;
    try {
      const { json } = await evaluator.evaluate(vector.entrypoint, vector.inputJson, {
        wallMs,
        deadlineMs,
        exactTime: true,
      });
      results.push(judgeVector(vector, json));
    } catch (error) {
      const { code, message } = toPortcullisError(error);
      results.push(failedVector(vector, undefined, `${code} (${message})`));
    }
  }
  return results;
}

/** Compares an answer, as JSON text, with what the vector expects. */
export function judgeVector(vector: DecisionVector, actual: string | undefined): VectorResult {
  const { expect } = vector;
  const passed =
    actual === undefined || expect === undefined
      ? actual === undefined && expect === undefined
      : sameJson(parseJson(actual), expect);
  return passed
    ? { vector, passed, actual, message: '' }
    : failedVector(vector, actual, actual ?? 'no value');
}

/** Throws PortcullisError `bundle_vectors_failed` that shows the first failures, if there are any. */
export function requireVectors(results: readonly VectorResult[]): void {
  const wrong = results.filter((result) => !result.passed);
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 3).map((result) => result.message);
  const more = wrong.length > shown.length ? `; and ${wrong.length - shown.length} more` : '';
  throw new PortcullisError(
    'bundle_vectors_failed',
    `${wrong.length} of ${results.length} vectors failed: ${shown.join('; ')}${more}`,
  );
}

/** A failure; `came` says what came instead of the answer. */
export function failedVector(vector: DecisionVector, actual: string | undefined, came: string): VectorResult {
  const expected = vector.expect === undefined ? 'no value' : JSON.stringify(vector.expect);
  const message = `“${vector.name}” (${vector.entrypoint}) expects ${expected}, got ${came}`;
  return { vector, passed: false, actual, message };
}
