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
