/** Chance that is the same in every run. */

/** Numbers in [0, 1) (mulberry32). */
export type Random = () => number;

export function generator(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives ranks from 0 on for numbers in [0, 1), by the inverse of the distribution. */
export function zipf(size: number, exponent: number): (uniform: number) => number {
  const sums = new Float64Array(size);
  let sum = 0;
  for (let i = 0; i < size; i++) sums[i] = sum += (i + 1) ** -exponent;
  return (uniform) => {
    const wanted = uniform * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
