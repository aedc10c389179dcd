import { BuiltinError } from './builtin.ts';

/** The flags, width and precision of one fmt directive such as `%-08.3f`. */
export class Flags {
  minus = false;
  plus = false;
  sharp = false;
  space = false;
  zero = false;
  /** `%+v` and `%#v`: the plus or sharp changes the form of values and not their sign or prefix. */
  plusV = false;
  sharpV = false;
  width: number | undefined;
  precision: number | undefined;

  /** Pads to the width, counted in runes; zeros only to the left. */
  pad(text: string): string {
    if (this.width === undefined || this.width === 0) return text;
    const missing = this.width - runeCount(text);
    if (missing <= 0) return text;
    if (this.minus) return text + ' '.repeat(missing);
    return (this.zero ? '0' : ' ').repeat(missing) + text;
  }

  /** Pads with spaces only. */
  padSpaces(text: string): string {
    const zero = this.zero;
    this.zero = false;
    const padded = this.pad(text);
    this.zero = zero;
    return padded;
  }
}

/** The number of code points; a lone surrogate counts as one. */
export function runeCount(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.codePointAt(i)! > 0xffff) i++;
    count++;
  }
  return count;
}

/** The longest text that formatting may make: width and precision come from policy or input, up to 10^6 each. */
const MAX_FORMATTED_LENGTH = 16 * 1024 * 1024;

/** Refuses a text that grew too long. Go has no such limit; an evaluation here has bounded memory. */
export function checkLength(length: number): void {
  if (length > MAX_FORMATTED_LENGTH) {
    throw new BuiltinError(`formatted text is longer than ${MAX_FORMATTED_LENGTH} characters`);
  }
}
