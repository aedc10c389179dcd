import { isUtf8 } from 'node:buffer';
import { TAG } from './der.ts';

/** Texts in certificates, as Go's crypto/x509 reads them. */

/**
 * The text of a string of the ASN.1 types that names use. Undefined where a character is not of the type, or where the
 * type is none of them.
 */
export function asn1Text(tag: number, content: Buffer): string | undefined {
  switch (tag) {
    case TAG.t61String:
      // A character set that nobody uses: Go and others take it for Latin-1.
      return content.toString('latin1');
    case TAG.printableString:
      // `*` and `&` do not belong to the type, but stand in certificates.
      return matching(content, /^[a-zA-Z0-9'()+,\-./ :=?*&]*$/);
    case TAG.utf8String:
      return isUtf8(content) ? content.toString('utf8') : undefined;
    case TAG.bmpString:
      return bmpText(content);
    case TAG.ia5String:
      return ia5Text(content);
    case TAG.numericString:
      return matching(content, /^[0-9 ]*$/);
    default:
      return undefined;
  }
}

/** Undefined where a byte is not ASCII. */
export function ia5Text(content: Buffer): string | undefined {
  // oxlint-disable-next-line no-control-regex
  return matching(content, /^[\u0000-\u007f]*$/);
}

/** As Go's encoding/json writes bytes that need not be UTF-8: U+FFFD for each byte that is not part of a character. */
export function lenientUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    text += length === 0 ? '\ufffd' : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

function characterLength(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const character = bytes.subarray(at, at + length);
  return character.length === length && isUtf8(character) ? length : 0;
}

function matching(content: Buffer, pattern: RegExp): string | undefined {
  const text = content.toString('latin1');
  return pattern.test(text) ? text : undefined;
}

/** UCS-2 in big-endian order; one zero character at the end does not count. */
function bmpText(content: Buffer): string | undefined {
  if (content.length % 2 !== 0) return undefined;
  const text = Buffer.from(content).swap16().toString('utf16le');
  const stripped = text.endsWith('\0') ? text.slice(0, -1) : text;
  return /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(stripped) ? undefined : stripped;
}
