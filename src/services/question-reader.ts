import { PortcullisError } from '../errors.ts';
import { fieldTag, LENGTH_DELIMITED, malformed, VARINT, WireReader } from './wire-reader.ts';

/** The input of a question as it arrived; the bytes are views on the request and not yet looked into. */
export interface WireInput {
  readonly kind: 'none' | 'json' | 'struct' | 'access';
  readonly bytes: Uint8Array;
}

/** A `portcullis.v1.Question`. */
export interface WireQuestion {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly input: WireInput;
  readonly noCache: boolean;
}

const QUESTION = fieldTag(1, LENGTH_DELIMITED);
const POLICY_SET = fieldTag(1, LENGTH_DELIMITED);
const ENTRYPOINT = fieldTag(2, LENGTH_DELIMITED);
const JSON_INPUT = fieldTag(3, LENGTH_DELIMITED);
const STRUCT_INPUT = fieldTag(4, LENGTH_DELIMITED);
const ACCESS_INPUT = fieldTag(5, LENGTH_DELIMITED);
const NO_CACHE = fieldTag(6, VARINT);

const NONE: WireInput = { kind: 'none', bytes: new Uint8Array(0) };

/**
 * Reads the only field of CheckRequest and EvaluateRequest. Throws `invalid_request`, also when there is no question.
 *
 * A singular field that stands twice is refused here and below. Protobuf lets the last one win, or merges them; no encoder
 * writes that, and a proxy that reads the first one would have approved another question.
 */
export function readQuestionRequest(bytes: Uint8Array): WireQuestion {
  const questions = readQuestions(bytes, 1, () => malformed('it has several questions'));
  if (questions[0] === undefined) {
    throw new PortcullisError('invalid_request', 'The request has no question: set `question`');
  }
  return questions[0];
}

/** Reads BatchCheckRequest; throws `over_limit` before reading more than `maxQuestions`. */
export function readBatchRequest(bytes: Uint8Array, maxQuestions: number): WireQuestion[] {
  const tooMany = (): PortcullisError =>
    new PortcullisError('over_limit', `The batch has more than ${maxQuestions} questions`);
  return readQuestions(bytes, maxQuestions, tooMany);
}

function readQuestions(
  bytes: Uint8Array,
  maxQuestions: number,
  tooMany: () => PortcullisError,
): WireQuestion[] {
  const questions: WireQuestion[] = [];
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag !== QUESTION) {
      reader.skip(tag);
      continue;
    }
    if (questions.length === maxQuestions) throw tooMany();
    questions.push(readQuestion(reader.bytes()));
  }
  return questions;
}

function readQuestion(bytes: Uint8Array): WireQuestion {
  let policySet: string | undefined;
  let entrypoint: string | undefined;
  let input: WireInput | undefined;
  let noCache: boolean | undefined;
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case POLICY_SET:
        policySet = once('policy_set', policySet, reader.string());
        break;
      case ENTRYPOINT:
        entrypoint = once('entrypoint', entrypoint, reader.string());
        break;
      case JSON_INPUT:
        input = once('input', input, { kind: 'json', bytes: reader.bytes() });
        break;
      case STRUCT_INPUT:
        input = once('input', input, { kind: 'struct', bytes: reader.bytes() });
        break;
      case ACCESS_INPUT:
        input = once('input', input, { kind: 'access', bytes: reader.bytes() });
        break;
      case NO_CACHE:
        noCache = once('no_cache', noCache, reader.bool());
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    policySet: policySet ?? '',
    entrypoint: entrypoint ?? '',
    input: input ?? NONE,
    noCache: noCache ?? false,
  };
}

function once<T>(field: string, before: T | undefined, value: T): T {
  if (before !== undefined) throw malformed(`\`${field}\` is given twice`);
  return value;
}
