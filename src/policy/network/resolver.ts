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

/** Looks names up; those that are being looked up already are not looked up twice. */
export class Resolver {
  readonly #resolve: ResolveName;
  readonly #slots = new Slots(MAX_AT_ONCE);
  readonly #underWay = new Map<string, Promise<readonly string[]>>();

  constructor(resolve: ResolveName) {
    this.#resolve = resolve;
  }

  /** Rejects with the signal's reason when it aborts; the look-up then goes on unheard. */
  async addresses(host: string, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    signal.throwIfAborted();
    return await unlessAborted(this.#shared(host), signal);
  }

  #shared(host: string): Promise<readonly string[]> {
    const known = this.#underWay.get(host);
    if (known !== undefined) return known;
    const started = this.#slots
      .run(NEVER, () => this.#resolve(host))
      .finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, started);
    return started;
  }
}

const NEVER = new AbortController().signal;

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
