import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';
import type { Evaluation } from '../evaluator.ts';
import type { WireEvaluation, WireFailure } from './protocol.ts';

/** Deeper than any input or policy nests values. */
const MAX_DEPTH = { maxDepth: 4000 };

/** An evaluation as it goes to another thread. */
export function toWire({ nonDeterministic, ...evaluation }: Evaluation): WireEvaluation {
  return {
    ...evaluation,
    nonDeterministicJson: nonDeterministic === undefined ? undefined : JSON.stringify(nonDeterministic),
  };
}

/** The evaluation as the other thread made it. */
export function fromWire({ nonDeterministicJson, ...evaluation }: WireEvaluation): Evaluation {
  const recorded =
    nonDeterministicJson === undefined ? undefined : parseJson(nonDeterministicJson, MAX_DEPTH);
  return { ...evaluation, nonDeterministic: recorded as Evaluation['nonDeterministic'] };
}

/** An error as it was thrown in the other thread. */
export function toError({ code, message }: WireFailure): PortcullisError {
  return new PortcullisError(code, message);
}
