import type { Logger } from './logger.ts';

/** Takes what policies print or trace. Called while a decision is made: it must be cheap and must not throw. */
export type PrintSink = (policySet: string, message: string) => void;

/** More are dropped and counted: a policy may print in a loop. */
const MAX_WAITING = 1000;
/** A policy may print its whole input. */
const MAX_CHARACTERS = 4096;
const MESSAGES_PER_TURN = 64;

/**
 * Prints as messages of the server's log at level `debug`, written in later turns of the event loop. Undefined where the
 * log leaves that level out: prints are for authors, and no mask applies to them.
 */
export function createPrintLog(logger: Logger): PrintSink | undefined {
  if (!logger.isLevelEnabled('debug')) return undefined;
  let waiting: { readonly policySet: string; readonly message: string }[] = [];
  let dropped = 0;

  const writeSome = (): void => {
    for (const { policySet, message } of waiting.slice(0, MESSAGES_PER_TURN)) {
      logger.debug({ policy_set: policySet, policy_print: message }, 'print');
    }
    waiting = waiting.slice(MESSAGES_PER_TURN);
    if (waiting.length > 0) {
      setImmediate(writeSome);
    } else if (dropped > 0) {
      logger.debug({ dropped }, 'policies printed more than could be written');
      dropped = 0;
    }
  };

  return (policySet, message) => {
    if (waiting.length >= MAX_WAITING) {
      dropped++;
      return;
    }
    if (waiting.length === 0) setImmediate(writeSome);
    waiting.push({ policySet, message: shortened(message) });
  };
}

function shortened(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  return `${message.slice(0, MAX_CHARACTERS)}… (${message.length} characters)`;
}
