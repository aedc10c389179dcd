import { BuiltinError } from './builtin.ts';

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/**
 * The bytes of a base64url text, with or without padding, as OPA's `base64url.decode` reads it: line breaks are
 * skipped, any other character outside the alphabet is an error. Throws BuiltinError.
 */
export function decodeBase64url(text: string): Buffer {
  if (text.length % 4 !== 1 && ALPHABET.test(text)) return Buffer.from(text, 'base64url');
  const compact = text.replace(/[\r\n]/g, '');
  const digits = compact.replace(/={0,2}$/, '');
  const padding = compact.length - digits.length;
  const wellPadded = padding === 0 ? digits.length % 4 !== 1 : compact.length % 4 === 0;
  if (!wellPadded || !ALPHABET.test(digits)) throw new BuiltinError(whyIllegal(text));
  return Buffer.from(digits, 'base64url');
}

/** Where it is not a matter of padding, the offset of what stands outside the alphabet, as Go's decoder counts it. */
function whyIllegal(text: string): string {
  const at = text.search(/[^A-Za-z0-9_\r\n-]/);
  if (at === -1 || (!text.endsWith('=') && Buffer.byteLength(text) % 4 === 1)) {
    return `illegal base64url string: ${excerpt(text)}`;
  }
  return `illegal base64 data at input byte ${Buffer.byteLength(text.slice(0, at))}`;
}

/** The text may be a secret or very long. */
function excerpt(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 16)}… (${text.length} characters)`;
}
