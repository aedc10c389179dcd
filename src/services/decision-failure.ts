import type { Decision } from '../decision/decision.ts';
import { PortcullisError } from '../errors.ts';
import { STATUS_MEANING } from './decision-status.ts';

/**
 * Why a decision has no value, for whoever asked for one; undefined when nothing failed. What is wrong with the question
 * is told in so many words (the decision's reason then). Of what went wrong inside only the code is told, since messages
 * may name files and rules; the log has them under the decision's id.
 */
export function failureOf({ status, reasons, failure }: Decision): PortcullisError | undefined {
  const code = failure?.code ?? STATUS_MEANING[status].error;
  if (code === undefined) return undefined;
  return new PortcullisError(code, reasons[0] ?? `The evaluation failed: ${code}`, { cause: failure });
}
