/** The two ways to put load on a server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Listener, Outcome } from './connection.ts';
import { Histogram } from './histogram.ts';
import type { Job, JobResult } from './job.ts';
import { Window } from './window.ts';

type Connect = (listener: Listener) => Promise<readonly Connection[]>;
type Plan = Omit<Job, 'messagesFile' | 'latenciesFile' | 'perSecond'>;

/** How long answers may be outstanding when the time is over. */
const PATIENCE_MS = 5000;

/** As many calls at once as there are streams: each answer is followed by the next call. */
export async function closedLoop(job: Plan, connect: Connect): Promise<JobResult> {
  let going = true;
  let window: Window | undefined;
  const over = Promise.withResolvers<void>();
  const connections = await connect({
    answered: (startedMs, nowMs, outcome) =>
      window?.count(outcome, (nowMs - startedMs) * 1000, window.isOpen),
    readAll: (connection, nowMs) => {
      if (window === undefined || !going) return;
      going = window.goesOn(nowMs);
      if (!going) over.resolve();
      else if (connection.inFlight < job.streams) connection.send(job.streams - connection.inFlight, nowMs);
    },
  });
  // Servers say their settings before they are asked.
  await sleep(50);
  const beginMs = performance.now() + job.warmUpMs;
  window = new Window(job.target.pid, beginMs, beginMs + job.durationMs);
  for (const connection of connections) connection.send(job.streams, performance.now());
  const watch = setInterval(() => {
    const failed = connections.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) over.reject(failed.failure);
    else if (performance.now() > beginMs + job.durationMs + PATIENCE_MS)
      over.reject(new Error('no answers any more'));
  }, 100);
  await over.promise.finally(() => clearInterval(watch));
  await drained(connections);
  return { ...window.result(), unsent: 0, latenessP99Us: 0 };
}

/**
 * Calls at fixed moments, whatever becomes of those before. A latency is counted from the moment at which the call was due, not from
 * that at which it could be sent: a server that stalls does not lower the number of calls that see it. `record` is told each.
 */
export async function openLoop(
  job: Plan & { readonly perSecond: number },
  connect: Connect,
  record: (dueMs: number, latencyUs: number) => void = () => undefined,
): Promise<JobResult> {
  const stepMs = 1000 / job.perSecond;
  const lateness = new Histogram();
  let window: Window | undefined;
  let beginMs = Infinity;
  let endMs = Infinity;
  const answered = (dueMs: number, nowMs: number, outcome: Outcome): void => {
    const latencyUs = (nowMs - dueMs) * 1000;
    const within = dueMs >= beginMs && dueMs < endMs;
    window?.count(outcome, latencyUs, within);
    if (within) record(dueMs, outcome === 'failed' ? -1 : latencyUs);
  };
  const connections = await connect({ answered, readAll: () => undefined });
  await sleep(50);
  const startMs = performance.now() + 10;
  beginMs = startMs + job.warmUpMs;
  endMs = beginMs + job.durationMs;
  window = new Window(job.target.pid, beginMs, endMs);
  /** By connection, the number of its next call; they take turns. */
  const next = connections.map((_, i) => i);
  const sendDue = (nowMs: number): void => {
    connections.forEach((connection, i) => {
      for (;;) {
        const dueMs = startMs + next[i]! * stepMs;
        const isDue = dueMs <= nowMs && dueMs < endMs;
        if (!isDue || connection.inFlight >= job.streams || connection.send(1, dueMs) === 0) return;
        lateness.add((nowMs - dueMs) * 1000);
        next[i]! += connections.length;
      }
    });
  };
  // Never asleep: timers are good for 1 ms only. The client has a processor of its own.
  for (let nowMs = performance.now(); window.goesOn(nowMs); nowMs = performance.now()) {
    sendDue(nowMs);
    await new Promise(setImmediate);
  }
  let unsent = 0;
  next.forEach((number) => {
    for (let dueMs = startMs + number * stepMs; dueMs < endMs; dueMs += stepMs * connections.length) {
      unsent++;
      record(dueMs, -1);
    }
  });
  await drained(connections);
  for (const connection of connections)
    for (const dueMs of connection.waiting()) answered(dueMs, performance.now(), 'failed');
  return { ...window.result(), unsent, latenessP99Us: lateness.quantileUs(0.99) };
}

async function drained(connections: readonly Connection[]): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (connections.some(({ inFlight }) => inFlight > 0) && performance.now() < giveUpAtMs) await sleep(10);
}
