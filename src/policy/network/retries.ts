import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer, HttpRequest, NetworkFailure } from './access.ts';
import type { HttpClient } from './http-client.ts';

const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;

/** Waits; rejects when the signal aborts. */
export type Wait = (delayMs: number, signal: AbortSignal) => Promise<unknown>;

export const systemWait: Wait = (delayMs, signal) => sleep(delayMs, undefined, { signal });

export interface RetryOptions {
  /** Longest time for one attempt, whatever the request says. */
  readonly maxTimeoutMs: number;
  readonly wait: Wait;
  /** From 0 to 1 exclusive. */
  readonly random: () => number;
}

/** Sends a request, and again when it fails under way, as often as it wishes. Each attempt has its own time. */
export async function sendWithRetries(
  client: Pick<HttpClient, 'send'>,
  policySet: string,
  request: HttpRequest,
  signal: AbortSignal,
  options: RetryOptions,
): Promise<HttpAnswer | NetworkFailure> {
  const timeoutMs = Math.ceil(Math.min(request.timeoutMs, options.maxTimeoutMs));
  for (let attempt = 0; ; attempt++) {
    const reply = await oneAttempt(client, policySet, request, signal, timeoutMs);
    const mayFollow = reply.kind === 'failure' && reply.reason !== 'refused' && !signal.aborted;
    if (!mayFollow || attempt >= request.maxRetries) return reply;
    await options.wait(backoffMs(attempt, options.random()), signal);
  }
}

async function oneAttempt(
  client: Pick<HttpClient, 'send'>,
  policySet: string,
  request: HttpRequest,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<HttpAnswer | NetworkFailure> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    return await client.send(policySet, request, AbortSignal.any([signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** OPA's util.DefaultBackoff: at once, then from 160 ms on 1.6 times as long each time, spread by a fifth. */
function backoffMs(attempt: number, random: number): number {
  if (attempt === 0) return 0;
  return Math.min(BASE_DELAY_MS * 1.6 ** attempt, MAX_DELAY_MS) * (1 + 0.2 * (random * 2 - 1));
}
