import { type CheckAnswer, denial, type ReadAnswer } from './answer.ts';
import type { CorpusRequest } from './corpus/request.ts';
import type { InputDocument } from './input-document.ts';
import type { DifferentialPolicy, ParsedPart } from './policies.ts';

/** What the plugin makes of a request, whatever the policy. */
export interface RequestFacts {
  /** Behind a mended path; undefined when it refuses the request even then. */
  readonly input: InputDocument | undefined;
  /** The parts that it cannot parse. */
  readonly malformed: readonly ParsedPart[];
}

/** One request to one policy. */
export interface Compared extends RequestFacts {
  readonly request: CorpusRequest;
  readonly policy: DifferentialPolicy;
  /** What `input.path.ambiguities` tells; empty where the configuration lets such paths pass. */
  readonly ambiguities: readonly unknown[];
  /** Asks the plugin something else. */
  readonly ask: (request: Uint8Array) => Promise<ReadAnswer>;
}

/** What Portcullis has to answer: the plugin's answer, changed by each difference that applies. */
export interface Expected {
  readonly answer: CheckAnswer;
  /** What the plugin's failed RPC says. */
  readonly problem: string;
  /** The status that Portcullis gives in its metadata; by default it follows from the answer. */
  readonly status?: string;
}

/** A deliberate difference. */
export interface Difference {
  readonly id: string;
  /** One sentence, word for word in docs/envoy-differences.md. */
  readonly reason: string;
  /** Judges by the request and by what the plugin answered alone; undefined where the difference does not apply. */
  readonly change: (
    before: Expected,
    compared: Compared,
  ) => Promise<Expected | undefined> | Expected | undefined;
}

/** A denial with nothing to it, and its status. */
export const refusal = (httpStatus: number, status: string): Expected => ({
  answer: denial(httpStatus),
  problem: '',
  status,
});

/** The denial of a request that cannot be read. */
export const INVALID: Expected = refusal(400, 'input_invalid');

/** Whether the policy can read a parsed part. */
export const reads = ({ policy }: Compared, part: ParsedPart): boolean => policy.reads.includes(part);

/** Whether the plugin denies the request because it cannot parse it. */
export const isUnparsed = ({ answer }: Pick<Expected, 'answer'>): boolean =>
  answer.httpStatus === 400 && answer.body.startsWith('request_parse_error');
