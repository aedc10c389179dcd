import { Buffer, isUtf8 } from 'node:buffer';
import { PortcullisError } from '../errors.ts';

/** Options of {@link decodeText}. */
export interface TextOptions {
  /** Refuse documents of more bytes in UTF-8; no limit when left out. */
  readonly maxBytes?: number;
  /** Drop one leading byte order mark. RFC 8259 section 8.1 lets a parser ignore it; by default it is an error of the grammar. */
  readonly stripBom?: boolean;
}

const BOM = 0xfeff;

/**
 * Bytes to text, refusing anything that is not UTF-8 instead of replacing it. A string passes through after the same
 * checks of size and byte order mark. Throws `json_too_large`, `json_invalid`.
 */
export function decodeText(source: Uint8Array | string, options: TextOptions): string {
  const maxBytes = options.maxBytes;
  let text: string;
  if (typeof source === 'string') {
    if (maxBytes !== undefined && Buffer.byteLength(source) > maxBytes) throw tooLarge(maxBytes);
    text = source;
  } else {
    if (maxBytes !== undefined && source.byteLength > maxBytes) throw tooLarge(maxBytes);
    if (!isUtf8(source)) throw new PortcullisError('json_invalid', invalidUtf8Message(source));
    const buffer = Buffer.isBuffer(source)
      ? source
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    text = buffer.toString('utf8');
  }
  return options.stripBom === true && text.charCodeAt(0) === BOM ? text.slice(1) : text;
}

function tooLarge(maxBytes: number): PortcullisError {
  return new PortcullisError('json_too_large', `the document has more than ${maxBytes} bytes`);
}

/** Counts lines up to the first byte that no decoder accepts. */
function invalidUtf8Message(source: Uint8Array): string {
  // Halve towards the longest prefix that still decodes; a prefix may end inside a character, which is no error yet.
  const decodes = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(source.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = source.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodes(middle)) good = middle;
    else bad = middle;
  }
  return `the bytes are not UTF-8 at byte ${good}`;
}
