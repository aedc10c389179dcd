/** A header block that breaks RFC 7541. The connection ends with COMPRESSION_ERROR: the tables of both ends differ from now on. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
