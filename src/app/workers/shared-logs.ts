import type { Config } from '../../config/schema.ts';
import { openLogOutput } from '../../observe/log-output.ts';
import { type Logger, serverLog } from '../../observe/logger.ts';
import { logNotWritten } from '../observability.ts';
import { SharedLog } from './shared-log.ts';

/** The logs of all workers: the main thread writes them, so that lines stay whole. */
export class SharedLogs {
  readonly #server = serverLog();
  readonly #sinks: readonly SharedLog[];

  /** Throws `io_failed` when one cannot be opened; then none is open. */
  constructor({ decisionLog }: Config, logger: Pick<Logger, 'error'>) {
    const opened: SharedLog[] = [];
    try {
      for (const destination of decisionLog.enabled ? decisionLog.sinks : []) {
        const onError = (error: Error): void => logNotWritten(logger, destination, error);
        opened.push(new SharedLog(openLogOutput(destination), onError));
      }
    } catch (thrown) {
      for (const log of opened) void log.close();
      throw thrown;
    }
    this.#sinks = opened;
  }

  /** A line of the server's log. */
  server(line: string): void {
    this.#server.write(line);
  }

  /** Whole lines of a decision log, by the order of the sinks in the configuration. */
  write(sink: number, bytes: Uint8Array): Promise<void> {
    return this.#sinks[sink]!.write(bytes);
  }

  reopen(): void {
    for (const log of this.#sinks) log.reopen();
  }

  async close(): Promise<void> {
    await Promise.all(this.#sinks.map((log) => log.close()));
  }
}
