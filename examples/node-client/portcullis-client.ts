/**
 * A client of Portcullis for services in Node, over gRPC. It fails closed: whatever is not a clear "allow" within the
 * time limit is a denial, so that callers read `allowed` and need no error handling to be safe.
 *
 * The messages are generated from proto/portcullis/v1 by `buf generate`; in a service of yours, generate them there.
 */
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import {
  type Decision,
  DecisionService,
  type Question,
  QuestionSchema,
  Status,
  StatusSchema,
} from '../../src/gen/portcullis/v1/decision_pb.ts';

export interface ClientOptions {
  /** Such as `127.0.0.1:9191` or `unix:/run/portcullis.sock`. */
  readonly address: string;
  /** TLS, with a certificate where the server wants one: `credentials.createSsl(ca, key, cert)`. Plain when left out. */
  readonly channel?: ChannelCredentials;
  /** How long one answer may take, retries included. */
  readonly timeoutMs?: number;
  /** The server's only policy set when left out. */
  readonly policySet?: string;
  /** The policy set's default when left out. */
  readonly entrypoint?: string;
}

export interface Answer {
  /** True only when the policy clearly said so. */
  readonly allowed: boolean;
  /** Why: `ALLOWED`, `DENIED`, …, or the gRPC status of a call that failed, such as `UNAVAILABLE`. */
  readonly status: string;
  /** What the policy says about a denial; for people and logs. */
  readonly reasons: readonly string[];
  /** What the policy's answer holds beside that. */
  readonly obligations: Readonly<Record<string, unknown>>;
  /** For support: the server's decision log has more under it. Empty when no decision was made. */
  readonly decisionId: string;
}

/** A server that stops turns calls away before it begins them: those are asked again at once. */
const SERVICE_CONFIG = JSON.stringify({
  methodConfig: [
    {
      name: [{ service: DecisionService.typeName }],
      retryPolicy: {
        maxAttempts: 2,
        initialBackoff: '0.01s',
        maxBackoff: '0.05s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
});

export class PortcullisClient {
  readonly #client: Client;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#client = new Client(options.address, options.channel ?? credentials.createInsecure(), {
      'grpc.service_config': SERVICE_CONFIG,
    });
  }

  /** Asks about one input document. Never rejects. */
  async check(input: unknown): Promise<Answer> {
    try {
      const { decision } = await this.#call(DecisionService.method.check, {
        question: this.#question(input),
      });
      return answerOf(decision);
    } catch (error) {
      return failed(error);
    }
  }

  /** Asks about many at once; all are answered by the same version of the policies. Never rejects. */
  async checkAll(inputs: readonly unknown[]): Promise<Answer[]> {
    try {
      const questions = inputs.map((input) => this.#question(input));
      const { decisions } = await this.#call(DecisionService.method.batchCheck, { questions });
      return inputs.map((_, at) => answerOf(decisions[at]));
    } catch (error) {
      return inputs.map(() => failed(error));
    }
  }

  close(): void {
    this.#client.close();
  }

  #question(input: unknown): Question {
    const { policySet = '', entrypoint = '' } = this.#options;
    const json = new TextEncoder().encode(JSON.stringify(input));
    return create(QuestionSchema, { policySet, entrypoint, input: { case: 'json', value: json } });
  }

  #call<I extends DescMethodUnary['input'], O extends DescMethodUnary['output']>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    this.#client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      create(method.input, request),
      { deadline: Date.now() + (this.#options.timeoutMs ?? 250) },
      (error: ServiceError | null, response) => (error ? reject(error) : resolve(response!)),
    );
    return promise;
  }
}

function answerOf(decision: Decision | undefined): Answer {
  if (decision === undefined) return denied('NO_ANSWER');
  return {
    allowed: decision.allowed && decision.status === Status.ALLOWED,
    status: StatusSchema.value[decision.status]?.localName ?? `STATUS_${decision.status}`,
    reasons: decision.reasons,
    obligations: decision.obligations ?? {},
    decisionId: decision.decisionId,
  };
}

/** Unreachable, too slow, not allowed to ask, a defect: nothing of it is an allow. */
function failed(error: unknown): Answer {
  const code = (error as Partial<ServiceError>).code;
  return denied(code === undefined ? 'FAILED' : (status[code] ?? 'FAILED'));
}

const denied = (why: string): Answer => ({
  allowed: false,
  status: why,
  reasons: [],
  obligations: {},
  decisionId: '',
});
