/** Where every answer of Portcullis has a form of its own: what holds of each of them, and of some of the plugin's not. */
import { isDeepStrictEqual } from 'node:util';
import {
  HeaderValueOption_HeaderAppendAction as Action,
  type HeaderValueOption,
} from '../../src/gen/envoy/config/core/v3/base_pb.ts';
import type { ReadAnswer } from './answer.ts';
import type { CorpusRequest } from './corpus/request.ts';
import { echoed } from './input-document.ts';
import { moreInputHolds } from './more-input.ts';
import { type DifferentialPolicy, entrypointOf } from './policies.ts';

export interface FormDifference {
  readonly id: string;
  readonly reason: string;
  readonly holds: (answer: ReadAnswer, asked: Asked) => boolean;
}

export interface Asked {
  readonly request: CorpusRequest;
  readonly policy: DifferentialPolicy;
}

/** What headers of responses say where a policy asks for it: they have names that say what. */
const ASKED_FOR: Readonly<Record<string, Action>> = {
  'x-append': Action.APPEND_IF_EXISTS_OR_ADD,
  'x-add-if-absent': Action.ADD_IF_ABSENT,
  'x-overwrite-if-exists': Action.OVERWRITE_IF_EXISTS,
};

/**
 * Whether the first value of a name overwrites, as `append` and `append_action` both say, and the next ones are added:
 * to a request by both, to a response by `append_action` alone. Cookies for the client are always added.
 */
function actionsHold(headers: readonly HeaderValueOption[], isRequest: boolean): boolean {
  const seen = new Set<string>(isRequest ? [] : ['set-cookie']);
  return headers.every(({ header, append, appendAction, keepEmptyValue }) => {
    const name = header?.key ?? '';
    const asked = isRequest ? undefined : ASKED_FOR[name];
    if (asked !== undefined) return append === undefined && appendAction === asked && !keepEmptyValue;
    const isAdded = seen.has(name);
    seen.add(name);
    const action = isAdded ? Action.APPEND_IF_EXISTS_OR_ADD : Action.OVERWRITE_IF_EXISTS_OR_ADD;
    const flag = isAdded ? (isRequest ? true : undefined) : false;
    return append === flag && appendAction === action && !keepEmptyValue;
  });
}

/** The reasons that policies give, by the request that asks for them. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'obligations: reasons': ['first', 'second', 'third'],
  'obligations: unknown-members': ['x'],
};

/** The codes of the failures behind a status; the empty one stands for none. */
const CODES: Readonly<Record<string, RegExp>> = {
  allowed: /^$/,
  denied: /^$/,
  undefined: /^$/,
  not_a_decision: /^(?:obligations_invalid)?$/,
  evaluation_failed: /^evaluation_(?:failed|conflict)$/,
  input_invalid: /^(?:invalid_request|json_\w+|path_ambiguous)$/,
  input_too_large: /^json_too_(?:large|deep)$/,
};

const isSentence = (reason: unknown): boolean => typeof reason === 'string' && /^\S+ \S+/.test(reason);

/** A policy's reasons are told, those of a request that cannot be read in one sentence, and no others. */
function metadataHolds({ form }: ReadAnswer, { request, policy }: Asked): boolean {
  const { status, cached, reasons, code = '', ...rest } = form.portcullis ?? {};
  const own = policy.name === 'obligations' ? REASONS[request.name] : undefined;
  const isRefusal = status === 'input_invalid' || status === 'input_too_large';
  const reasonsHold = isRefusal
    ? Array.isArray(reasons) && reasons.length === 1 && isSentence(reasons[0])
    : isDeepStrictEqual(reasons, own);
  const codes = typeof status === 'string' ? CODES[status] : undefined;
  const codeHolds = typeof code === 'string' && codes?.test(code) === true;
  const wanted = { policy_set: 'all', entrypoint: entrypointOf(policy) };
  return reasonsHold && codeHolds && typeof cached === 'boolean' && isDeepStrictEqual(rest, wanted);
}

const namesOf = (headers: readonly HeaderValueOption[]): string[] =>
  headers.map(({ header }) => header?.key ?? '');

export const FORM_DIFFERENCES: readonly FormDifference[] = [
  {
    id: 'header-actions',
    reason:
      'Every header says in `append` and `append_action` what becomes of one that is there already: the first value of a name overwrites, the next ones and cookies for the client are added; the plugin says neither, which not every Envoy reads as overwriting, so that a header that the client sent may survive.',
    holds: ({ answer, form }) =>
      actionsHold(form.headers, answer.allowed) && actionsHold(form.responseHeaders, false),
  },
  {
    id: 'lower-case-names',
    reason: 'Names of headers are sent in lower case; the plugin sends them as the policy writes them.',
    holds: ({ form }) =>
      namesOf([...form.headers, ...form.responseHeaders]).every((name) => name === name.toLowerCase()),
  },
  {
    id: 'explicit-status',
    reason:
      'A denial always names its HTTP status, 403 where the policy names none; the plugin leaves it to Envoy when the decision is a boolean.',
    holds: ({ answer, form }) => answer.allowed || form.httpStatus !== undefined,
  },
  {
    id: 'status-message',
    reason:
      '`status.message` is the status of the decision, such as `denied`; the plugin leaves it empty or tells an error.',
    holds: ({ form }) => form.statusMessage !== '' && form.statusMessage === form.portcullis?.['status'],
  },
  {
    id: 'decision-id-always',
    reason:
      '`dynamic_metadata.decision_id` is in every answer; the plugin gives none to a request that it cannot parse or decide.',
    holds: ({ form }) => form.hasDecisionId,
  },
  {
    id: 'portcullis-metadata',
    reason:
      '`dynamic_metadata.portcullis` tells the operator the status, the policy set, the entrypoint, the reasons and the code of a failure; what a policy puts there itself is replaced.',
    holds: metadataHolds,
  },
  {
    id: 'more-input',
    reason:
      'Policies have `input.path` (the path as it came, split, decoded, normalised, and what is ambiguous about it) and `input.body` (whether the body is empty, complete, truncated or not inspected, and how it was read) beside the input of the plugin.',
    holds: ({ answer }, { request }) => {
      const input = echoed(answer);
      return input === undefined || moreInputHolds(input, request);
    },
  },
];
