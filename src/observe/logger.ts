import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';

/** The server's own log: JSON lines, one event each. Decisions go to the decision log instead. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Writes to standard error, so that standard output stays free for the decision log. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? serverLog());
}

/** Standard error, line by line: for lines that loggers of other threads have made. */
export function serverLog(): DestinationStream {
  return pino.destination({ fd: 2, sync: true });
}
