/** The place of a stream in the line of those that wait for their turns, from one message to the next. */
import type { WireConnection } from './connection.ts';
import type { Waiting } from './turns.ts';

export class StreamTurn implements Waiting {
  readonly connection: WireConnection;
  #wake: (() => void) | undefined;

  constructor(connection: WireConnection) {
    this.connection = connection;
  }

  /** Resolves when the stream may go on with its next message, or has ended; undefined when it may at once. */
  next(): Promise<void> | undefined {
    const { streamTurns } = this.connection.scope;
    if (streamTurns.mayGoOn()) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
      streamTurns.add(this);
      // What it has written until now, such as windows that it gives back, need not wait.
      this.connection.wake();
    });
  }

  /** Its turn has come. True, for `Turns`: its handler goes on in microtasks. */
  begin(): true {
    this.#wake?.();
    this.#wake = undefined;
    return true;
  }

  /** The stream has ended: it learns that where it waits. */
  stop(): void {
    this.connection.scope.streamTurns.remove(this);
    this.begin();
  }
}
