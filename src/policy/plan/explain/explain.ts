import { PortcullisError } from '../../../errors.ts';
import type { PolicySetDescriptor } from '../../descriptor.ts';
import type { EvaluationTime } from '../../evaluator.ts';
import type { PlanEvaluator } from '../plan-evaluator.ts';
import { EXPLANATION_LIMITS, type Explanation, type ExplanationLimits } from './explanation.ts';
import { SourceTexts } from './ranges.ts';
import { Recorder } from './recorder.ts';
import { type HiddenPlaces, NOTHING_HIDDEN, SecretTexts, taintOf } from './secrets.ts';
import { ExplanationWriter } from './write-explanation.ts';

export interface ExplainOptions {
  /** What must not be shown, beside credentials by the names of their fields and the keys and tokens of builtins. */
  readonly hidden?: HiddenPlaces;
  readonly limits?: ExplanationLimits;
}

export interface Explained {
  readonly explanation: Explanation;
  /** The value as JSON text, whole and with its secrets; undefined when it has none or the evaluation failed. */
  readonly json: string | undefined;
}

/** Failures that an explanation is about; others mean that there is none. */
const EXPLAINED: ReadonlySet<string> = new Set(['evaluation_failed', 'evaluation_conflict']);
/** Errors whose messages may quote what a builtin was called with. */
const QUOTING: ReadonlySet<string> = new Set(['evaluation_failed']);

/**
 * Evaluates an entrypoint by its plan and tells why the answer is what it is. `inputJson` is valid JSON in UTF-8.
 * An evaluation that fails by a conflict or a builtin is explained as far as it came. Throws what PlanEvaluator throws otherwise.
 */
export function explainEntrypoint(
  evaluator: PlanEvaluator,
  descriptor: Pick<PolicySetDescriptor, 'modules'>,
  entrypoint: string,
  inputJson: Uint8Array | undefined,
  time: EvaluationTime,
  { hidden = NOTHING_HIDDEN, limits = EXPLANATION_LIMITS }: ExplainOptions = {},
): Explained {
  const secrets = new SecretTexts();
  const recorder = new Recorder({
    plan: evaluator.planOf(entrypoint),
    limits,
    inputTaint: taintOf(hidden.input),
    resultTaint: taintOf(hidden.result),
    secrets,
  });
  let error: PortcullisError | undefined;
  let json: string | undefined;
  try {
    ({ json } = evaluator.trace(entrypoint, inputJson, time, recorder));
  } catch (thrown) {
    if (!(thrown instanceof PortcullisError) || !EXPLAINED.has(thrown.code)) throw thrown;
    const quotes = hidden.input.length > 0 && QUOTING.has(thrown.code);
    error = quotes ? new PortcullisError(thrown.code, thrown.message.split(': ', 1)[0]!) : thrown;
  }
  const writer = new ExplanationWriter(new SourceTexts(sourcesOf(descriptor)), secrets, limits);
  return { explanation: writer.write(entrypoint, recorder, error), json };
}

function sourcesOf({ modules }: Pick<PolicySetDescriptor, 'modules'>): Record<string, string> {
  const sources: Record<string, string> = Object.create(null);
  for (const module of modules) Object.assign(sources, module.sources);
  return sources;
}
