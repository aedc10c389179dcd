import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Slots } from './slots.ts';

/** The addresses of a name, at least one. Rejects with an error whose `code` is `ENOTFOUND` or another of the system's. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** By the system's own resolver, which knows its hosts file and search domains. */
export const systemResolve: ResolveName = async (name) => {
  const found = await lookup(name, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
};

/**
 * The system's resolver occupies one of the few threads that files are read by, for as long as name servers are silent,
 * and cannot be interrupted: two at a time leave threads for the rest of the server.
 */
const MAX_AT_ONCE = 2;

/** A look-up for all who wait for it. */
interface LookUp {
  readonly answer: Promise<readonly string[]>;
  /** Aborted while it has not begun: it is left out. */
  readonly needless: AbortController;
  begun: boolean;
  waiting: number;
}

/** Looks names up; those that are being looked up already are not looked up twice. */
export class Resolver {
  readonly #resolve: ResolveName;
  readonly #slots = new Slots(MAX_AT_ONCE);
  readonly #underWay = new Map<string, LookUp>();

  constructor(resolve: ResolveName) {
    this.#resolve = resolve;
  }

  /** Rejects with the signal's reason when it aborts; a look-up that has begun then goes on unheard. */
  async addresses(host: string, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    signal.throwIfAborted();
    const lookUp = this.#underWay.get(host) ?? this.#begin(host);
    lookUp.waiting++;
    try {
      return await unlessAborted(lookUp.answer, signal);
    } finally {
      if (--lookUp.waiting === 0 && !lookUp.begun) {
        this.#forget(host, lookUp);
        lookUp.needless.abort();
      }
    }
  }

  #begin(host: string): LookUp {
    const needless = new AbortController();
    const answer = this.#slots
      .run(needless.signal, () => {
        lookUp.begun = true;
        return this.#resolve(host);
      })
      .finally(() => this.#forget(host, lookUp));
    const lookUp: LookUp = { answer, needless, begun: false, waiting: 0 };
    this.#underWay.set(host, lookUp);
    return lookUp;
  }

  #forget(host: string, lookUp: LookUp): void {
    if (this.#underWay.get(host) === lookUp) this.#underWay.delete(host);
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
