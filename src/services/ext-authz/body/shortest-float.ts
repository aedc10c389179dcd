/** Below it floats have fewer digits than the rest. */
const MIN_NORMAL = 2 ** -126;

/**
 * The decimal number with the fewest digits that is this float when rounded to 32 bits; of several the nearest, of two as
 * near the even one, as Go's `strconv.FormatFloat(x, 'g', -1, 32)` has it.
 *
 * Six digits are always enough for a number that has no more (FLT_DIG), so that trying begins there. Where the nearest
 * decimal of a length is not the answer (powers of two, halves) the slow search decides.
 */
export function shortestFloat32(float: number): number {
  if (float === 0 || !Number.isFinite(float)) return float;
  if (Math.abs(float) < MIN_NORMAL || Number.isInteger(Math.log2(Math.abs(float)))) {
    return searchShortestFloat32(float);
  }
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) !== float) continue;
    return isHalf(float, float.toPrecision(digits + 1)) ? searchShortestFloat32(float) : decimal;
  }
  return Number(float.toPrecision(9));
}

/** Whether the float, of which `text` is the decimal with one more digit, may lie between two decimals. */
const isHalf = (float: number, text: string): boolean => /5(?:e|$)/.test(text) && Number(text) === float;

/** The same by trying all lengths and neighbours: exact for every finite float but 0, and slow. */
export function searchShortestFloat32(float: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const [mantissa = '', exponent] = Math.abs(float)
      .toExponential(digits - 1)
      .split('e');
    const nearest = Number(mantissa.replace('.', ''));
    const fits = (candidate: number): number | undefined => {
      const decimal = Math.sign(float) * Number(`${candidate}e${Number(exponent) - digits + 1}`);
      return Math.fround(decimal) === float ? decimal : undefined;
    };
    // Below a power of two floats lie closer than above, so that the nearest may be another float and the next may fit.
    if (Number.isInteger(Math.log2(Math.abs(float)))) {
      const found = fits(nearest) ?? fits(nearest + 1);
      if (found !== undefined) return found;
    } else {
      const found = fits(nearest);
      if (found !== undefined)
        return (isHalfRoundedToOdd(float, digits, nearest) && fits(nearest - 1)) || found;
    }
  }
  return Number(float.toPrecision(9));
}

/** `toExponential` rounds a half up. */
function isHalfRoundedToOdd(float: number, digits: number, rounded: number): boolean {
  if (rounded % 2 === 0) return false;
  // oxlint-disable-next-line oxc/number-arg-out-of-range -- ECMAScript allows 100 digits since 2018
  const exact = float.toExponential(99).replace(/^-|\./g, '');
  return /^50*e/.test(exact.slice(digits));
}
