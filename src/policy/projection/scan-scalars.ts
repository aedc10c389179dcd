import { canonicalString } from '../../json/canonical-string.ts';
import { isOutOfRange } from '../../json/number.ts';
import { COMPARED, FULL, SCALAR, TYPE } from '../plan/footprint.ts';
import { comparedNumber } from './scalar-text.ts';
import { unescaped } from './scan-keys.ts';
import { decoded, refuse, scan, bytes as scanned, slice } from './scan-source.ts';
import { closingQuote, stopIn, wordEnd } from './scan-tokens.ts';

const bytes = scanned;

/** What reads let through of a string, as canonical JSON; `at` is on its quote. `scan.at` is behind it then. */
export function stringAt(reads: number, at: number): string {
  const stop = stopIn(at + 1);
  const closing = closingQuote(stop);
  scan.at = closing + 1;
  if ((reads & (SCALAR | COMPARED | FULL)) === 0) return (reads & TYPE) === 0 ? 'null' : '""';
  if (closing !== stop) return canonicalString(unescaped(at + 1, closing));
  const quoted = decoded(at, closing + 1);
  return scan.isAscii ? quoted : canonicalString(quoted.slice(1, -1));
}

/** Of a literal or a number, likewise. */
export function wordAt(reads: number, at: number): string {
  const end = wordEnd(at);
  scan.at = end;
  if ((reads & (TYPE | SCALAR | COMPARED | FULL)) === 0) return 'null';
  const word = slice(at, end);
  // Letters stand above digits and the minus sign.
  return bytes[at]! > 0x60 ? word : numberText(reads, word);
}

/** As the text has it, by its value where it is only compared. */
function numberText(reads: number, source: string): string {
  const number = Number(source);
  if ((number === 0 || !Number.isFinite(number)) && isOutOfRange(source)) refuse();
  if ((reads & (SCALAR | FULL)) !== 0) return source;
  return (reads & COMPARED) === 0 ? '0' : comparedNumber(source);
}
