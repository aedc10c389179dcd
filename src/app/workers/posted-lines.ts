import type { LogOutput } from '../../observe/log-output.ts';
import type { Conversation } from './conversation.ts';
import type { MainCalls } from './protocol.ts';
import type { SharedLogs } from './shared-logs.ts';

/** Whole lines of a decision log. */
export interface PostedLines {
  /** By the order of the sinks in the configuration. */
  readonly sink: number;
  /** They are so many bytes, from the beginning of the memory. */
  readonly length: number;
  /** Where the lines of this sink are from now on; undefined: where those before were. */
  readonly memory: SharedArrayBuffer | undefined;
}

/** As much as batches take but for single lines that are enormous; more is given back. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Where a worker writes the lines of a sink: into memory that the main thread sees too, and writes to the file from. Handing over memory with
 * each batch instead means pages that are new to the process each time, and garbage in two heaps.
 */
export function postingOutput(main: Pick<Conversation<MainCalls>, 'ask'>, sink: number): LogOutput {
  let memory = new SharedArrayBuffer(0);
  return {
    write: async (bytes, from) => {
      const length = bytes.length - from;
      const isNew = length > memory.byteLength || memory.byteLength > KEPT_BYTES;
      if (isNew) memory = new SharedArrayBuffer(Math.max(length, KEPT_BYTES));
      new Uint8Array(memory).set(bytes.subarray(from));
      // Until this is answered the memory is the main thread's.
      await main.ask('write', { sink, length, memory: isNew ? memory : undefined });
      return length;
    },
    // The main thread has the file.
    reopen: async () => false,
    close: async () => {},
  };
}

/** The main thread's end of it, for one worker. */
export class ArrivingLines {
  readonly #logs: Pick<SharedLogs, 'write'>;
  readonly #memories = new Map<number, SharedArrayBuffer>();

  constructor(logs: Pick<SharedLogs, 'write'>) {
    this.#logs = logs;
  }

  /** Resolves when they are written: the worker may use the memory again. */
  write({ sink, length, memory }: PostedLines): Promise<void> {
    if (memory !== undefined) this.#memories.set(sink, memory);
    return this.#logs.write(sink, new Uint8Array(this.#memories.get(sink)!, 0, length));
  }
}
