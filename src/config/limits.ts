/** The decision cache, and what one question or bundle may use. */
import { z } from 'zod';
import { type Bytes, bytes, count, duration, type Milliseconds, share } from './fields.ts';

export interface CacheConfig {
  readonly enabled: boolean;
  readonly maxBytes: Bytes;
  readonly maxEntries: number;
  readonly maxAge: Milliseconds;
  readonly shadow: ShadowConfig;
}

/** Verification of answers from the whole input. */
export interface ShadowConfig {
  /** Of answers, 0 to 1. */
  readonly rate: number;
  /** Of the time of one core, 0 to 1. */
  readonly maxShare: number;
}

export interface BundleLimits {
  readonly maxArchiveBytes: Bytes;
  readonly maxInflatedBytes: Bytes;
  readonly maxFileBytes: Bytes;
  readonly maxEntries: number;
  readonly maxPathBytes: Bytes;
}

export interface LimitsConfig {
  readonly maxInputBytes: Bytes;
  readonly maxInputDepth: number;
  readonly maxBatch: number;
  readonly maxDeadline: Milliseconds;
  readonly maxEvaluationMemory: Bytes;
  readonly bundle: BundleLimits;
}

const shadow: z.ZodType<ShadowConfig> = z.strictObject({
  rate: share()
    .prefault(0.001)
    .describe('How many of the answers are verified, from 0 (none) to 1 (all). Each is chosen by chance.'),
  maxShare: share()
    .prefault(0.01)
    .describe(
      'What verifying may take of the time of one core, from 0 to 1; each policy set has an equal part. Answers that are chosen beyond it are not verified, and counted.',
    ),
});

export const cache: z.ZodType<CacheConfig> = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Keeps answers. Only answers that cannot change are kept.'),
    maxBytes: bytes().prefault('64MiB').describe('How much memory the answers may use.'),
    maxEntries: count().prefault(100_000).describe('How many answers are kept.'),
    maxAge: duration().prefault('1h').describe('How long an answer is kept at most.'),
    shadow: shadow
      .prefault({})
      .describe(
        'Shadow verification: a few answers are evaluated once more from the whole input, after they were given. An entrypoint whose answer differs is answered without the cache from then on (see docs/cache.md).',
      ),
  })
  .prefault({})
  .describe('The decision cache.');

const bundleLimits: z.ZodType<BundleLimits> = z.strictObject({
  maxArchiveBytes: bytes().prefault('64MiB').describe('Largest archive, compressed.'),
  maxInflatedBytes: bytes().prefault('256MiB').describe('Largest archive, inflated.'),
  maxFileBytes: bytes().prefault('128MiB').describe('Largest file in an archive.'),
  maxEntries: count().prefault(10_000).describe('Most entries in an archive.'),
  maxPathBytes: bytes().prefault(1024).describe('Longest path in an archive.'),
});

/** Far below what overflows the stack of a module. */
const MAX_DEPTH = 1000;

const MAX_MEMORY_BYTES = 4 * 1024 ** 3;

export const limits: z.ZodType<LimitsConfig> = z
  .strictObject({
    maxInputBytes: bytes().prefault('1MiB').describe('Largest input document, as JSON.'),
    maxInputDepth: count()
      .refine(
        (depth) => depth <= MAX_DEPTH,
        `write at most ${MAX_DEPTH}: modules recurse as deep as their input`,
      )
      .prefault(128)
      .describe('Deepest nesting of an input document.'),
    maxBatch: count().prefault(1000).describe('Most questions in one BatchCheck.'),
    maxDeadline: duration()
      .prefault('5s')
      .describe(
        'How long a decision may take, whatever the caller allows. A policy that runs longer is ended, and the answer is a denial.',
      ),
    maxEvaluationMemory: bytes()
      .refine((size) => size <= MAX_MEMORY_BYTES, 'write at most 4GiB: modules address 32 bits')
      .prefault('512MiB')
      .describe('Most memory that one evaluation may use, base data included.'),
    bundle: bundleLimits
      .prefault({})
      .describe('What a bundle may use. A larger one is refused before it is read.'),
  })
  .prefault({})
  .describe('What one question or one bundle may use.');
