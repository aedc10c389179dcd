/** One decoded header block. */

export class HeaderBlock {
  /** Names and values in the order received, one character a byte (latin1), nothing checked beyond HPACK. Both empty when `oversized`. */
  readonly names: string[] = [];
  readonly values: string[] = [];
  /** Names, values and 32 for each field (RFC 9113, 6.5.2), counted on beyond the limit. */
  sizeBytes = 0;
  /** Larger than `maxListBytes`: decoded for the table's sake, not kept. */
  oversized = false;
  /** `isField` of the decoder's options said no to one of the fields. */
  malformed = false;
  /** What the connection made of it, kept with it: blocks that are recognised need not be checked again. */
  memo: unknown = undefined;
}
