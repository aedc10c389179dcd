import type { Decider, Decision, DecisionStatus, Question } from '../../src/decision/decision.ts';
import type { ActivePolicySets } from '../../src/decision/planes.ts';
import { PortcullisError, toPortcullisError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import type { JsonValue } from '../../src/json/value.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type {
  BidiHandler,
  CallContext,
  HttpRequest,
  Peer,
  RpcMethod,
  ServerStreamHandler,
  UnaryHandler,
} from '../../src/rpc.ts';
import type { AskingParts } from '../../src/services/asking.ts';
import { allowEveryone } from '../../src/services/authorize.ts';
import type { Readiness } from '../../src/services/readiness.ts';

/** Doubles of what services are given, for tests without an engine or a socket. */

export const LOCAL_PEER: Peer = { address: '127.0.0.1:50000', local: true };

export function callFrom(
  peer: Peer,
  options: Partial<CallContext> & { metadata?: CallContext['metadata'] } = {},
): CallContext {
  return {
    peer,
    deadlineMs: Number.POSITIVE_INFINITY,
    metadata: () => undefined,
    cancelled: () => false,
    signal: new AbortController().signal,
    ...options,
  };
}

export const LOCAL_CALL: CallContext = callFrom(LOCAL_PEER);

/** A peer with a verified certificate. */
export function certified(certificate: Partial<NonNullable<Peer['certificate']>>): Peer {
  return {
    address: '192.0.2.1:50000',
    local: false,
    certificate: { uriNames: [], dnsNames: [], subject: 'CN=test', fingerprint: '', ...certificate },
  };
}

export function decisionOf(overrides: Partial<Decision> = {}): Decision {
  const status: DecisionStatus = overrides.status ?? 'allowed';
  return {
    id: '04789f85-de5a-477b-8aa5-6d59d7742135',
    allowed: status === 'allowed',
    status,
    json: 'true',
    reasons: [],
    obligations: undefined,
    provenance: {
      policySet: 'shop',
      entrypoint: 'shop/allow',
      revisions: { main: 'r1' },
      digest: 'ab'.repeat(32),
    },
    cached: false,
    cacheOff: false,
    cacheable: true,
    validUntilMs: Number.POSITIVE_INFINITY,
    evaluationMs: 1.5,
    failure: undefined,
    ...overrides,
  };
}

/** A decider that answers with the input it was given, and keeps what it was asked and until when. */
export class EchoDecider implements Decider {
  readonly asked: Question[] = [];
  readonly deadlines: number[] = [];
  readonly #entrypoints: readonly string[] | undefined;

  /** Knows all entrypoints when none are named. */
  constructor(entrypoints?: readonly string[]) {
    this.#entrypoints = entrypoints;
  }

  decide(question: Question, deadlineMs: number): Decision {
    this.asked.push(question);
    this.deadlines.push(deadlineMs);
    const provenance = {
      policySet: question.policySet,
      entrypoint: question.entrypoint,
      revisions: { main: 'r2' },
      digest: 'cd',
    };
    try {
      if (this.#entrypoints?.includes(question.entrypoint) === false) {
        throw new PortcullisError('unknown_entrypoint', 'unknown');
      }
      const input = question.input.document();
      return decisionOf({ json: input === undefined ? undefined : canonicalJson(input), provenance });
    } catch (thrown) {
      const failure = toPortcullisError(thrown);
      return decisionOf({
        status: 'input_invalid',
        cacheable: false,
        json: undefined,
        reasons: [failure.message],
        provenance,
        failure,
      });
    }
  }

  async decideAll(
    questions: readonly Question[],
    deadlineMs: number,
    cancelled: () => boolean,
  ): Promise<readonly Decision[]> {
    return questions.map((question) => {
      if (cancelled()) throw new PortcullisError('cancelled', 'gone');
      return this.decide(question, deadlineMs);
    });
  }

  /** The input of the newest question. */
  input(): JsonValue | undefined {
    return this.asked.at(-1)?.input.document();
  }
}

export function decidesAlways(decision: Decision): Decider {
  return { decide: () => decision, decideAll: async (questions) => questions.map(() => decision) };
}

export function askingParts(overrides: Partial<AskingParts> = {}): AskingParts {
  return {
    decider: new EchoDecider(),
    authorize: allowEveryone,
    clock: { wallMs: () => 1_000_000, monotonicMs: () => 5_000 },
    policySets: ['shop'],
    inputLimits: { maxBytes: 100_000, maxDepth: 32 },
    maxDeadlineMs: 1_000,
    ...overrides,
  };
}

function descriptorOf(name: string, revision: string): PolicySetDescriptor {
  return {
    name,
    modules: [],
    dataJson: new Uint8Array(0),
    entrypoints: [`${name}/allow`],
    defaultEntrypoint: undefined,
    policyDigest: `policy-${revision}`,
    dataDigest: `data-${revision}`,
    revisions: { main: revision },
    activatedAtMs: 0,
  };
}

/** Policy sets that a test activates by hand. */
export class FakePolicySets implements ActivePolicySets {
  readonly listeners: Set<(policySet: string) => void> = new Set();
  readonly #active = new Map<string, PolicySetDescriptor>();

  activate(name: string, revision: string): void {
    this.#active.set(name, descriptorOf(name, revision));
    this.#tell(name);
  }

  remove(name: string): void {
    this.#active.delete(name);
    this.#tell(name);
  }

  active(): ReadonlyMap<string, PolicySetDescriptor> {
    return this.#active;
  }

  onChange(listener: (policySet: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  #tell(name: string): void {
    for (const listener of this.listeners) listener(name);
  }
}

/** Readiness that a test sets by hand: what is missing, each text beginning with the name of its policy set, `shop` or `hr`. */
export class FakeReadiness implements Readiness {
  readonly listeners: Set<() => void> = new Set();
  #missing: readonly string[];

  constructor(missing: readonly string[] = []) {
    this.#missing = missing;
  }

  set(missing: readonly string[]): void {
    this.#missing = missing;
    for (const listener of this.listeners) listener();
  }

  ready(): boolean {
    return this.#missing.length === 0;
  }

  readyFor(policySet: string): boolean | undefined {
    if (policySet !== 'shop' && policySet !== 'hr') return undefined;
    return this.reasons(policySet).length === 0;
  }

  reasons(policySet = ''): readonly string[] {
    return this.#missing.filter((reason) => reason.startsWith(policySet));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function httpRequest(
  target: string,
  options: {
    method?: string;
    rest?: string;
    body?: string | Uint8Array;
    headers?: Readonly<Record<string, string>>;
  } = {},
): HttpRequest {
  const { method = 'GET', rest = '', body = '', headers = {} } = options;
  return {
    method,
    target,
    rest,
    query: new URLSearchParams(target.split('?')[1] ?? ''),
    header: (name) => headers[name],
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

interface Handlers {
  unary: UnaryHandler;
  'server-stream': ServerStreamHandler;
  bidi: BidiHandler;
}

/** The handler of the method with this path, of the kind expected. */
export function handlerOf<K extends keyof Handlers>(
  methods: readonly RpcMethod[],
  path: string,
  kind: K,
): Handlers[K] {
  const found = methods.find((method) => method.path === path && method.kind === kind);
  if (found === undefined) throw new PortcullisError('unimplemented', `no ${kind} method ${path}`);
  return found.handler as Handlers[K];
}
