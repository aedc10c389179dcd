/** Where policies are evaluated, and what keeps one that runs long from holding up others. */
import { z } from 'zod';
import { type Bytes, bytes, count, duration, type Milliseconds } from './fields.ts';

export interface EvaluationConfig {
  readonly slice: Milliseconds;
  readonly maxThreads: number;
  readonly maxQueued: number;
  readonly maxThreadHeap: Bytes;
}

/** Each holds a copy of the modules' memory. */
const MAX_THREADS = 64;

export const evaluation: z.ZodType<EvaluationConfig> = z
  .strictObject({
    slice: duration()
      .prefault('5ms')
      .describe(
        'How long a policy may hold the thread that serves all requests. An evaluation that takes longer is given up there and done in a thread of its own.',
      ),
    maxThreads: count()
      .refine((threads) => threads <= MAX_THREADS, `write at most ${MAX_THREADS}`)
      .prefault(1)
      .describe(
        'Threads for long evaluations, for each policy set. They are started when they are needed and ended after a minute without work; each needs as much memory as the policy set itself.',
      ),
    maxQueued: count()
      .prefault(256)
      .describe('Evaluations of one policy set that may wait for a thread. More are denied: `overloaded`.'),
    maxThreadHeap: bytes()
      .prefault('128MiB')
      .describe(
        'What the JavaScript heap of such a thread may grow to, beside `limits.maxEvaluationMemory`. A thread that needs more is ended and replaced.',
      ),
  })
  .prefault({})
  .describe('What happens to policies that take long.');
