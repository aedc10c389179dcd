import { setTimeout } from 'node:timers/promises';

/** Waits until a condition holds; what it last saw is in the failure. */
export async function until<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadlineMs) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    await setTimeout(10);
  }
}
