/** What the fields of the configuration are made of: units, names, paths, addresses. */
import { z } from 'zod';
import { type Address, parseAddress } from './address.ts';
import { BYTES_PATTERN, parseBytes } from './bytes.ts';
import { DURATION_PATTERN, parseDuration } from './duration.ts';
import { type BundleSourceConfig, parseSource } from './source.ts';

/** A number of bytes; written with a unit in the file. */
export type Bytes = number;

/** A length of time in milliseconds; written with a unit in the file. */
export type Milliseconds = number;

/** What a field's text stands for; `format` in the JSON Schema that the other files of this folder walk. */
export type FieldFormat = 'bytes' | 'duration' | 'path' | 'address' | 'source';

/** Names of keys, clients, policy sets and bundles. They appear in file names and metric labels. */
const NAME_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Turns text into a value by a parser that gives undefined for what it does not understand. */
function parsed<T>(text: z.ZodType<string>, parse: (text: string) => T | undefined, mistake: string) {
  return text.transform((value, context): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: mistake, input: value });
    return z.NEVER;
  });
}

/** A size, at least one byte. */
export function bytes(): z.ZodType<Bytes> {
  const mistake = 'write a size such as 512KiB, 64MiB or 1GiB';
  const text = parsed(z.string().regex(BYTES_PATTERN, mistake), parseBytes, mistake);
  return z
    .union([text, z.int(mistake)])
    .refine((value) => value > 0, 'write a size above zero')
    .meta({ format: 'bytes' satisfies FieldFormat });
}

/** A duration, at least one millisecond. A bare number is refused: it would not say its unit. */
export function duration(): z.ZodType<Milliseconds> {
  const mistake = 'write a duration such as 500ms, 30s, 5m or 1h';
  return parsed(z.string(mistake).regex(DURATION_PATTERN, mistake), parseDuration, mistake)
    .refine((value) => value > 0, 'write a duration above zero')
    .meta({ format: 'duration' satisfies FieldFormat });
}

/**
 * Node's timers count milliseconds in 31 bits, not quite 25 days, and one that should count further goes off at once.
 * Connection ages are spread by a tenth.
 */
const MAX_TIMER_MS = 20 * 24 * 60 * 60 * 1000;

/** A duration that a timer waits for. */
export function timeout(): z.ZodType<Milliseconds> {
  return duration().refine(
    (value) => value <= MAX_TIMER_MS,
    'write at most 20d: timers do not count further',
  );
}

/** A whole number above zero. */
export function count(): z.ZodType<number> {
  return z.int('write a whole number').positive('write a number above zero');
}

/** A part of a whole, 0 to 1. */
export function share(): z.ZodType<number> {
  const mistake = 'write a number from 0 to 1, for example 0.01';
  return z.number(mistake).min(0, mistake).max(1, mistake);
}

/** A file or folder, relative to the configuration file or absolute. */
export function path(): z.ZodType<string> {
  return z
    .string()
    .min(1, 'name a file')
    .refine((text) => !text.includes('\0'), 'a path holds no NUL')
    .meta({ format: 'path' satisfies FieldFormat });
}

/** Where to listen. */
export function address(): z.ZodType<Address> {
  return parsed(
    z.string().meta({ format: 'address' satisfies FieldFormat }),
    parseAddress,
    'write host:port, [ipv6]:port or unix:/path, for example 127.0.0.1:9191',
  );
}

/** Where an archive comes from. */
export function source(): z.ZodType<BundleSourceConfig> {
  const text = z.string().meta({ format: 'source' satisfies FieldFormat });
  return text.transform((value, context) => {
    const result = parseSource(value);
    if (!('mistake' in result)) return result;
    context.addIssue({ code: 'custom', message: result.mistake, input: value });
    return z.NEVER;
  });
}

/** A name chosen by the operator. */
export function name(): z.ZodType<string, string> {
  return z
    .string()
    .regex(NAME_PATTERN, 'use letters, digits, - and _, at most 64, the first a letter or digit');
}

/** A rule path such as `shop/authz/decision`. */
export function entrypoint(): z.ZodType<string> {
  return z
    .string()
    .regex(/^[^/\s\0]+(?:\/[^/\s\0]+)*$/, 'write a rule path with slashes, for example shop/authz/decision');
}

/** Values by names that the operator chooses. */
export function named<T>(value: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z.record(name(), value);
}
