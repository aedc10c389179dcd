/**
 * Every place at which `wanted` stands in `list` as a run, overlapping ones too: Knuth, Morris and Pratt's search. It takes
 * linear time, where trying each place would not; `String.prototype.indexOf` gives no such promise. `wanted` is not empty.
 */
export function* runStarts<T>(
  list: ArrayLike<T>,
  wanted: ArrayLike<T>,
  same: (left: T, right: T) => boolean,
): Generator<number, void, void> {
  const borders = bordersOf(wanted, same);
  for (let i = 0, matched = 0; i < list.length; i++) {
    while (matched > 0 && !same(list[i]!, wanted[matched]!)) matched = borders[matched - 1]!;
    if (same(list[i]!, wanted[matched]!)) matched++;
    if (matched < wanted.length) continue;
    yield i + 1 - matched;
    matched = borders[matched - 1]!;
  }
}

/** For each beginning of `wanted`, how much of it is also its end without being all of it. */
function bordersOf<T>(wanted: ArrayLike<T>, same: (left: T, right: T) => boolean): Uint32Array {
  const borders = new Uint32Array(wanted.length);
  for (let i = 1, length = 0; i < wanted.length; i++) {
    while (length > 0 && !same(wanted[i]!, wanted[length]!)) length = borders[length - 1]!;
    if (same(wanted[i]!, wanted[length]!)) length++;
    borders[i] = length;
  }
  return borders;
}

/** Up to this length a text is looked for by the runtime, which is faster but not linear. */
const SHORT_LENGTH = 64;

/** As `text.indexOf(wanted, from)`, which takes minutes where a long text nearly fits everywhere. */
export function indexOf(text: string, wanted: string, from: number = 0): number {
  if (wanted.length <= SHORT_LENGTH) return text.indexOf(wanted, from);
  const found = runStarts(text.slice(from), wanted, Object.is).next();
  return found.done === true ? -1 : from + found.value;
}

/** As `text.split(delimiter)`, in linear time. `delimiter` is not empty. */
export function separate(text: string, delimiter: string): string[] {
  if (delimiter.length <= SHORT_LENGTH) return text.split(delimiter);
  const parts: string[] = [];
  let from = 0;
  for (const start of runStarts(text, delimiter, Object.is)) {
    if (start < from) continue;
    parts.push(text.slice(from, start));
    from = start + delimiter.length;
  }
  return [...parts, text.slice(from)];
}
