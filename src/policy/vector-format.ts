import { z } from 'zod';
import { PortcullisError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';

/** A question with its known answer. It travels in the bundle and is asked before the bundle goes live. */
export interface DecisionVector {
  readonly name: string;
  /** A rule path such as `shop/authz/decision`. */
  readonly entrypoint: string;
  /** When it is asked, wall clock in milliseconds; undefined: whenever that is. */
  readonly nowMs: number | undefined;
  /** JSON in UTF-8; undefined: without input. */
  readonly inputJson: Uint8Array | undefined;
  /** Undefined: the entrypoint must have no value. */
  readonly expect: JsonValue | undefined;
}

const json = z.custom<JsonValue>((value) => value !== undefined);

/** How a vector is written, in the bundle's `vectors.json` as in an author's YAML. */
const vectorSchema: z.ZodType<VectorDocument> = z
  .strictObject({
    name: z.string().min(1).describe('What the vector shows. Each name stands once.'),
    entrypoint: z
      .string()
      .regex(/^[^/\s]+(\/[^/\s]+)*$/, 'a rule path such as shop/authz/decision')
      .describe('The rule path that is asked.'),
    now: z.iso
      .datetime({ offset: true, error: 'a time as RFC 3339 writes it, such as 2026-11-22T09:00:00Z' })
      .optional()
      .describe('When it is asked (RFC 3339, to the millisecond). Left out: whenever it happens to be.'),
    input: json.optional().describe('The input document. Left out: there is none.'),
    expect: json.optional().describe('The exact answer, numbers by value. Left out: there must be none.'),
    undefined: z.literal(true).optional().describe('Says in words that there must be no answer.'),
  })
  .refine((vector) => vector.expect === undefined || vector.undefined === undefined, {
    path: ['undefined'],
    error: 'either expect an answer or none',
  });

interface VectorDocument {
  readonly name: string;
  readonly entrypoint: string;
  readonly now?: string | undefined;
  readonly input?: JsonValue | undefined;
  readonly expect?: JsonValue | undefined;
  readonly undefined?: true | undefined;
}

/**
 * Checks a list of vectors as a file holds it. Throws PortcullisError `bundle_vectors_invalid` that names the file,
 * the vector and the place inside it, for all mistakes at once.
 */
export function checkVectors(document: JsonValue, file: string): DecisionVector[] {
  if (!Array.isArray(document)) throw invalid([`${file}: expected a list of vectors`]);
  const problems: string[] = [];
  const names = new Set<string>();
  const vectors = document.map((item, index) => {
    const label = vectorLabel(item, index);
    const { data, error } = vectorSchema.safeParse(item);
    for (const issue of error?.issues ?? []) {
      const place = issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
      problems.push(`${file}: ${label}:${place} ${issue.message}`);
    }
    if (data === undefined) return undefined;
    if (names.has(data.name)) problems.push(`${file}: ${label}: the name stands twice`);
    names.add(data.name);
    return toVector(data);
  });
  if (problems.length > 0) throw invalid(problems);
  return vectors.filter((vector) => vector !== undefined);
}

/** Reads the bundle's `vectors.json`. Throws PortcullisError `bundle_vectors_invalid`. */
export function parseVectors(bytes: Uint8Array): DecisionVector[] {
  let document: JsonValue;
  try {
    document = parseJson(bytes);
  } catch (cause) {
    throw new PortcullisError('bundle_vectors_invalid', `vectors.json: ${(cause as Error).message}`, {
      cause,
    });
  }
  return checkVectors(document, 'vectors.json');
}

/** The bundle's `vectors.json`: canonical, so that the same vectors give the same bytes. */
export function writeVectors(vectors: readonly DecisionVector[]): Uint8Array {
  const documents = vectors.map((vector): JsonObject => {
    const document: JsonObject = { name: vector.name, entrypoint: vector.entrypoint };
    if (vector.nowMs !== undefined) document['now'] = new Date(vector.nowMs).toISOString();
    if (vector.inputJson !== undefined) document['input'] = parseJson(vector.inputJson);
    if (vector.expect !== undefined) document['expect'] = vector.expect;
    return document;
  });
  return Buffer.from(`[\n${documents.map((document) => canonicalJson(document)).join(',\n')}\n]\n`);
}

function toVector(document: VectorDocument): DecisionVector {
  const { name, entrypoint, now, input, expect } = document;
  return {
    name,
    entrypoint,
    nowMs: now === undefined ? undefined : Date.parse(now),
    inputJson: input === undefined ? undefined : Buffer.from(JSON.stringify(input)),
    expect,
  };
}

function vectorLabel(item: JsonValue, index: number): string {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? `“${name}”` : `vector ${index + 1}`;
}

function invalid(problems: readonly string[]): PortcullisError {
  return new PortcullisError('bundle_vectors_invalid', problems.join('\n'));
}
