import { BuiltinError } from './builtin.ts';

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/**
 * The bytes of a base64url text, with or without padding, as OPA's `base64url.decode` reads it: line breaks are
 * skipped, any other character outside the alphabet is an error. Throws BuiltinError.
 */
export function decodeBase64url(text: string): Buffer {
  const compact = text.replace(/[\r\n]/g, '');
  const digits = compact.replace(/={0,2}$/, '');
  const padding = compact.length - digits.length;
  const wellPadded = padding === 0 ? digits.length % 4 !== 1 : compact.length % 4 === 0;
  if (!wellPadded || !ALPHABET.test(digits))
    throw new BuiltinError(`illegal base64url string: ${excerpt(text)}`);
  return Buffer.from(digits, 'base64url');
}

/** The text may be a secret or very long. */
function excerpt(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 16)}… (${text.length} characters)`;
}
