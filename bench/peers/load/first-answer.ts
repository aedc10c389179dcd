/** When a server that is starting gives its first right answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, type Outcome, openConnection } from './connection.ts';
import type { Message, Target } from './job.ts';
import { requestsOf } from './requests.ts';

const GIVE_UP_MS = 60_000;
const PAUSE_MS = 1;
/** The first answer takes a hundredth of it. A connection that the server closed gives none. */
const ANSWER_MS = 500;

/** The moment, by `performance.now()`. Asks again as long as answers are others. Rejects after a minute. */
export async function firstRightAnswerMs(target: Target, message: Message): Promise<number> {
  const { protocol, path } = target;
  const requests = await requestsOf([message], { protocol, path, scheme: 'http', connection: 0 });
  const giveUpAtMs = performance.now() + GIVE_UP_MS;
  let connection: Connection | undefined;
  let told: (outcome: Outcome) => void = () => undefined;
  const listener = {
    answered: (_startedMs: number, _nowMs: number, outcome: Outcome) => told(outcome),
    readAll: () => undefined,
  };
  try {
    while (performance.now() < giveUpAtMs) {
      // A server that is starting may turn away who comes too early.
      if (connection?.failure !== undefined) connection = undefined;
      connection ??= await openConnection(target, requests, listener, 0).catch(() => undefined);
      if (connection !== undefined) {
        const outcome = await Promise.race([
          new Promise<Outcome>((resolve) => {
            told = resolve;
            if (connection!.send(1, performance.now()) === 0) resolve('failed');
          }),
          sleep(ANSWER_MS, 'failed' as const),
        ]);
        if (outcome === 'right') return performance.now();
      }
      await sleep(PAUSE_MS);
    }
    throw new Error('no right answer within a minute');
  } finally {
    connection?.close();
  }
}
