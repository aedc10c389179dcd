/** Logs: of decisions, and of what the server does. */
import { z } from 'zod';
import { type Bytes, bytes, count, named, path } from './fields.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How much of an input a decision log shows. */
const SHOWN_INPUTS = ['whole', 'seen'] as const;

export interface LoggingConfig {
  readonly level: (typeof LOG_LEVELS)[number];
}

export type DecisionSinkConfig = (
  | { readonly type: 'stdout' }
  | { readonly type: 'file'; readonly path: string }
) & { readonly input: (typeof SHOWN_INPUTS)[number] };

export interface DecisionLogConfig {
  readonly enabled: boolean;
  readonly sinks: readonly DecisionSinkConfig[];
  /** JSON pointers (RFC 6901) into the event. */
  readonly mask: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly maxBufferedEvents: number;
  readonly maxBufferedBytes: Bytes;
}

const input = z
  .enum(SHOWN_INPUTS)
  .prefault('whole')
  .describe(
    'How much of an input is written: `whole`, or `seen`, what of it the policy can see by its footprint, which is all that the answer depends on. Such entries say `"partial_input":"seen"` in `custom`. A policy that reads its whole input, and one of which nothing is known, sees everything: mask what is secret all the same.',
  );

const sink: z.ZodType<DecisionSinkConfig> = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('stdout').describe('Lines of JSON on standard output.'), input }),
    z.strictObject({
      type: z.literal('file').describe('Lines of JSON appended to a file.'),
      path: path().describe(
        'The file. After a rotation has moved it away, SIGHUP opens it anew. The server does not start when it cannot be opened.',
      ),
      input,
    }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? 'write stdout or file' : undefined) },
);

export const decisionLog: z.ZodType<DecisionLogConfig> = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Records each decision.'),
    sinks: z
      .array(sink)
      .prefault([{ type: 'stdout' }])
      .describe('Where decisions are written.'),
    mask: z
      .array(
        z
          .string()
          .regex(
            /^\/(?:input|result|nd_builtin_cache|custom|error)(?:\/(?:[^~/]|~[01])*)*$/,
            'write a JSON pointer at or below /input, /result, /nd_builtin_cache, /custom or /error, for example /input/token',
          ),
      )
      .prefault([])
      .describe(
        'JSON pointers at or below `/input`, `/result`, `/nd_builtin_cache`, `/custom` and `/error` whose values are removed before writing. What may repeat them goes too. With any pointer into `/input`: arguments and words of builtins, so that `custom.builtin_errors`, `nd_builtin_cache` and the message of an error in a builtin keep only names. With `/result`, `/result/reason` or `/result/reasons`: `custom.reasons`. With `/error` or `/error/message`: the reasons of refused questions. A result that cannot be read to mask a place in it is left out whole. What the policy copies from the input to its result is masked only where a pointer names it there.',
      ),
    labels: named(z.string()).prefault({}).describe('Labels of every event: who this server is.'),
    maxBufferedEvents: count()
      .prefault(10_000)
      .describe('Events that may wait to be written. More are dropped and counted.'),
    maxBufferedBytes: bytes()
      .prefault('64MiB')
      .describe(
        'Inputs and results that may wait to be written. Inputs count with all that was read from the network with them and stays in memory as long as they do; those that are JSON objects already, as large as they arrived, which in memory take several times that. More are dropped and counted.',
      ),
  })
  .prefault({})
  .describe("The decision log: one event a decision, with OPA's field names.");

export const logging: z.ZodType<LoggingConfig> = z
  .strictObject({
    level: z.enum(LOG_LEVELS).prefault('info').describe('The least severe messages to write.'),
  })
  .prefault({})
  .describe("The server's own log, lines of JSON on standard error.");
