import { LRUCache } from 'lru-cache';
import type { CacheRequest, HttpAnswer, HttpRequest, NetworkFailure } from './access.ts';
import { expiresAtMs, header, mayBeStored, UnknownExpiry } from './freshness.ts';
import { CACHEABLE_STATUS } from './http-send.ts';

type Answer = HttpAnswer | NetworkFailure;

/** Sends a request, with headers in place of its own. */
export type Send = (headers: HttpRequest['headers']) => Promise<Answer>;

interface Stored {
  readonly answer: HttpAnswer;
  readonly expiresAtMs: number;
}

/**
 * Answers that policies keep from one evaluation to the next, as OPA's inter-query cache: fresh ones are given as they
 * are, stale ones are revalidated by their tag or date. Of one policy set nothing is given to another.
 */
export class HttpCache {
  readonly #stored: LRUCache<string, Stored>;

  constructor(maxBytes: number) {
    this.#stored = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: maxBytes,
      sizeCalculation: ({ answer }, key) => answer.body.length + 2 * key.length + headerSize(answer) + 256,
    });
  }

  /** Answers from what is kept, or by asking, and keeps the answer where it may. */
  async answer(policySet: string, cache: CacheRequest, request: HttpRequest, send: Send): Promise<Answer> {
    const key = `${policySet}\n${cache.key}`;
    const stored = this.#stored.get(key);
    if (stored !== undefined && cache.nowMs < stored.expiresAtMs) return stored.answer;
    if (stored !== undefined) {
      const answer = await this.#revalidated(key, stored, cache, send);
      if (answer !== undefined) return answer;
    }
    const answer = await send(request.headers);
    if (answer.kind === 'http') this.#keep(key, answer, cache);
    return answer;
  }

  /** Undefined where the request is to be made as if nothing had been kept. */
  async #revalidated(
    key: string,
    { answer: old }: Stored,
    cache: CacheRequest,
    send: Send,
  ): Promise<Answer | undefined> {
    const conditions: [string, string][] = [];
    const tag = header(old.headers, 'etag');
    const modified = header(old.headers, 'last-modified');
    if (tag !== '') conditions.push(['If-None-Match', tag]);
    if (modified !== '') conditions.push(['If-Modified-Since', modified]);
    if (conditions.length === 0) {
      this.#stored.delete(key);
      return undefined;
    }
    const others = cache.keyHeaders.filter(([name]) => !conditions.some(([condition]) => condition === name));
    const answer = await send([...others, ...conditions]);
    this.#stored.delete(key);
    if (answer.kind !== 'http') return answer;
    if (answer.statusCode === 304) return this.#renewed(key, old, answer, cache);
    if (answer.statusCode !== 200) return undefined;
    this.#keep(key, answer, cache);
    return answer;
  }

  /** The kept answer with the headers of the one that says that it still holds. */
  #renewed(key: string, old: HttpAnswer, confirmation: HttpAnswer, cache: CacheRequest): Answer {
    const headers = [...new Map([...old.headers, ...confirmation.headers])];
    const answer = { ...old, headers };
    try {
      const until =
        cache.forceSeconds > 0 ? cache.nowMs + cache.forceSeconds * 1_000 : expiresAtMs(confirmation.headers);
      if (cache.store) this.#stored.set(key, { answer, expiresAtMs: until });
      return answer;
    } catch (error) {
      if (!(error instanceof UnknownExpiry)) throw error;
      return { kind: 'failure', reason: 'refused', message: error.message };
    }
  }

  /** What cannot be kept is an answer all the same. */
  #keep(key: string, answer: HttpAnswer, cache: CacheRequest): void {
    const forced = cache.forceSeconds > 0;
    if (!cache.store || !CACHEABLE_STATUS.has(answer.statusCode)) return;
    if (!forced && !mayBeStored(answer.headers)) return;
    try {
      const until = forced ? cache.nowMs + cache.forceSeconds * 1_000 : expiresAtMs(answer.headers);
      this.#stored.set(key, { answer, expiresAtMs: until });
    } catch (error) {
      if (!(error instanceof UnknownExpiry)) throw error;
    }
  }
}

function headerSize({ headers }: HttpAnswer): number {
  return headers.reduce(
    (sum, [name, values]) => sum + values.reduce((size, value) => size + value.length, name.length) * 2,
    0,
  );
}
