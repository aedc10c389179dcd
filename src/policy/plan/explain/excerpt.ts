import { encodeRego } from '../../codec.ts';
import { ExactNumber, type RegoValue } from '../../value.ts';
import { type Taint, taintAt } from './taint.ts';

export const MASKED = '[masked]';
/** Ends what was cut. */
export const CUT = '…';

/** A value as Rego text, without what the taint hides, cut after so many characters. Reads no more of the value than it shows. */
export function excerpt(value: RegoValue, taint: Taint, maxLength: number): string {
  const writer = new Writer(maxLength);
  writer.value(value, taint);
  return writer.text.length > maxLength ? `${writer.text.slice(0, maxLength)}${CUT}` : writer.text;
}

/** A text on one line, cut after so many characters. */
export function cutText(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}${CUT}` : text;
}

class Writer {
  text = '';
  readonly #maxLength: number;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  value(value: RegoValue, taint: Taint): void {
    if (taint === 'all') this.text += JSON.stringify(MASKED);
    else if (typeof value === 'string') {
      // One more than is shown tells that it was cut.
      this.text += encodeRego(value.slice(0, this.#maxLength + 1));
    } else if (typeof value !== 'object' || value === null || value instanceof ExactNumber) {
      this.text += encodeRego(value);
    } else if (Array.isArray(value)) {
      this.#list('[', ']', value.entries(), ([index, item]) => this.value(item, taintAt(taint, index)));
    } else if (value instanceof Set) {
      if (value.size === 0) this.text += 'set()';
      else this.#list('{', '}', value, (item) => this.value(item, undefined));
    } else {
      this.#list('{', '}', value, ([key, item]) => {
        this.value(key, undefined);
        this.text += ': ';
        this.value(item, taintAt(taint, key));
      });
    }
  }

  #list<Item>(open: string, close: string, items: Iterable<Item>, write: (item: Item) => void): void {
    this.text += open;
    let first = true;
    for (const item of items) {
      if (this.text.length > this.#maxLength) return;
      if (!first) this.text += ', ';
      first = false;
      write(item);
    }
    this.text += close;
  }
}
