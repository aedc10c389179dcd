/** Fields that are answered time and again, such as those of every answer that is OK. */
import { maxLiteralBytes } from './block-writer.ts';

let prepared = 0;

/**
 * Made once per list of fields, at most a few dozen in a process: each encoder keeps its form of each, by `id`. Names in lower
 * case, pseudo-header fields first; names and values alternate.
 */
export class PreparedFields {
  /** Counts from 0. */
  readonly id: number = prepared++;
  readonly fields: readonly string[];
  /** The most bytes that a block of them takes, with what an encoder may owe before it. */
  readonly maxBytes: number;

  constructor(fields: readonly string[]) {
    this.fields = fields;
    this.maxBytes = maxBlockBytes(fields);
  }
}

/** Two updates of the table's size may stand before the fields. */
const MAX_SIZE_UPDATE_BYTES = 10;

/** The most bytes that a block of these fields takes; names and values alternate. */
export function maxBlockBytes(fields: readonly string[]): number {
  let bytes = MAX_SIZE_UPDATE_BYTES;
  for (let i = 0; i < fields.length; i += 2) bytes += maxLiteralBytes(fields[i]!, fields[i + 1]!);
  return bytes;
}
