/** Asks a running server for decisions. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { PortcullisError } from '../errors.ts';
import {
  CheckRequestSchema,
  CheckResponseSchema,
  type Decision,
  DecisionService,
  ExplainRequestSchema,
  type ExplainResponse,
  ExplainResponseSchema,
  type QuestionSchema,
  StatusSchema,
} from '../gen/portcullis/v1/decision_pb.ts';
import { type AskOptions, callServer } from './rpc-client.ts';

/** A decision as it is printed. */
export interface Answer {
  readonly allowed: boolean;
  /** `allowed`, `denied`, `not_ready`, …; the number of a status newer than this client. */
  readonly status: string;
  readonly reasons: readonly string[];
  readonly obligations?: unknown;
  readonly decisionId: string;
  readonly policySet: string;
  readonly entrypoint: string;
  readonly revisions: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly cached: boolean;
  /** Whether the answer may be kept. */
  readonly cacheable: boolean;
  /** RFC 3339; left out when no limit is known. */
  readonly validUntil?: string;
}

/**
 * Asks one question. Throws PortcullisError: `io_failed` when the server cannot be reached, otherwise the code that stands for
 * its gRPC status.
 */
export async function askServer(
  question: MessageInitShape<typeof QuestionSchema>,
  options: AskOptions,
): Promise<Answer> {
  const { decision } = await callServer(
    pathOf('check'),
    toBinary(CheckRequestSchema, create(CheckRequestSchema, { question })),
    (bytes) => fromBinary(CheckResponseSchema, bytes),
    options,
  );
  return answerOf(decision);
}

/** As {@link askServer}, with why the answer is what it is. */
export async function askWhy(
  question: MessageInitShape<typeof QuestionSchema>,
  options: AskOptions,
): Promise<{ readonly answer: Answer; readonly response: ExplainResponse }> {
  const response = await callServer(
    pathOf('explain'),
    toBinary(ExplainRequestSchema, create(ExplainRequestSchema, { question })),
    (bytes) => fromBinary(ExplainResponseSchema, bytes),
    options,
  );
  return { answer: answerOf(response.decision), response };
}

const pathOf = (method: 'check' | 'explain'): string =>
  `/${DecisionService.typeName}/${DecisionService.method[method].name}`;

function answerOf(decision: Decision | undefined): Answer {
  if (decision === undefined) throw new PortcullisError('internal', 'the server sent no decision');
  const { allowed, status, reasons, obligations, decisionId, provenance, cached } = decision;
  const { cacheable, validUntil } = decision;
  const name = StatusSchema.value[status]?.name ?? String(status);
  return {
    allowed,
    status: name.replace(/^STATUS_/, '').toLowerCase(),
    reasons,
    ...(obligations === undefined ? {} : { obligations }),
    decisionId,
    policySet: provenance?.policySet ?? '',
    entrypoint: provenance?.entrypoint ?? '',
    revisions: provenance?.revisions ?? {},
    digest: provenance?.digest ?? '',
    cached,
    cacheable,
    ...(validUntil === undefined ? {} : { validUntil: timestampDate(validUntil).toISOString() }),
  };
}
