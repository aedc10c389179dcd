import { linkSync, renameSync, rmSync } from 'node:fs';
import { clearStaleSocket } from '../../transport/unix-socket.ts';

/**
 * A Unix socket that several workers serve. The kernel spreads TCP connections over sockets with one port, but knows no such thing for Unix
 * sockets, and threads cannot hand connections over. So each worker binds a socket of its own beside the path, and the path is a hard link
 * to one of them: connecting looks the path up, and after each connection it leads to the next worker.
 */
export class SharedSocket {
  readonly path: string;
  #number: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Removes what an earlier process left; rejects with `io_failed` when somebody listens there. */
  async prepare(): Promise<void> {
    await clearStaleSocket(this.path);
  }

  /** Where a worker binds. */
  pathOf(number: number): string {
    return `${this.path}.${number}`;
  }

  /** Leads the next connections to the next of these workers; nowhere when there is none. */
  turn(numbers: readonly number[]): void {
    const inOrder = numbers.toSorted((a, b) => a - b);
    const next = inOrder.find((number) => number > (this.#number ?? 0)) ?? inOrder[0];
    // Renaming a link to what is there already does nothing, and leaves it.
    if (next !== undefined && next === this.#number) return;
    this.#number = next;
    if (next === undefined) {
      this.remove();
      return;
    }
    const beside = `${this.path}.next`;
    try {
      rmSync(beside, { force: true });
      linkSync(this.pathOf(next), beside);
      // In one step: there is no moment without a socket.
      renameSync(beside, this.path);
    } catch {
      // The worker ended just now: its end leads connections elsewhere.
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
