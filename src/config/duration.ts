/** Lengths of time as people write them: `500ms`, `30s`, `5m`, `1h`, `2d`, and sums such as `1h30m`. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Each unit at most once, the largest first; no empty text. */
export const DURATION_PATTERN: RegExp = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Gives milliseconds, or undefined when the text is no duration or is too long to count exactly. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return undefined;
  const durationMs = UNITS.reduce(
    (sum, [, factor], index) => sum + Number(match[index + 1] ?? 0) * factor,
    0,
  );
  return Number.isSafeInteger(durationMs) ? durationMs : undefined;
}

/** Writes whole milliseconds with the fewest units that lose nothing. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const [unit, factor] of UNITS) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text;
}
