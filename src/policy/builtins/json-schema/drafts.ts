import type { JsonShape } from '../json-shape.ts';
import { METASCHEMAS } from './metaschemas.ts';
import type { ReferenceReader } from './reference.ts';
import { SchemaError } from './schema-error.ts';

/** 4, 6, 7, or HYBRID where a schema does not name its draft: it may then use what any of them has. */
export type Draft = number;

export const HYBRID: Draft = Number.POSITIVE_INFINITY;

/** The draft that a document's `$schema` names; undefined where it names none, or one that is not known. Throws SchemaError. */
export function draftOf(document: JsonShape, references: ReferenceReader): Draft | undefined {
  if (typeof document === 'boolean') return undefined;
  if (!(document instanceof Map)) throw new SchemaError('schema is invalid');
  const named = document.get('$schema');
  if (named === undefined) return undefined;
  if (typeof named !== 'string') throw new SchemaError('$schema must be of type string');
  return METASCHEMAS.get(references.parse(named).text)?.draft;
}

/** A new copy of the metaschema at a URL without fragment; undefined where there is none. */
export function metaschemaAt(url: string): JsonShape | undefined {
  const metaschema = METASCHEMAS.get(url);
  return metaschema === undefined ? undefined : shapeOf(metaschema.content);
}

function shapeOf(value: unknown): JsonShape {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value as JsonShape;
  return new Map(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}
