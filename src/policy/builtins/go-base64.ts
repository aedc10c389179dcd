/**
 * The bytes of a base64 text as Go's base64.StdEncoding reads it: line breaks are skipped, padding is demanded, bits
 * that are left over may be set. Undefined where the text is none.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64');
}
