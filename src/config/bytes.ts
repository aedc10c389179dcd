/** Sizes as people write them: `512`, `64KiB`, `4MiB`, `1GiB`. Powers of 1024 only, so that a size means one thing. */

const UNITS = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

export const BYTES_PATTERN: RegExp = /^(\d+)\s?(B|KiB|MiB|GiB)?$/;

/** Gives the number of bytes, or undefined when the text is no size or is too large to count exactly. */
export function parseBytes(text: string): number | undefined {
  const match = BYTES_PATTERN.exec(text);
  if (match === null) return undefined;
  const factor = UNITS.find(([unit]) => unit === match[2])?.[1] ?? 1;
  const bytes = Number(match[1]) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes a whole number of bytes in the largest unit that loses nothing. */
export function formatBytes(bytes: number): string {
  const unit = bytes === 0 ? undefined : UNITS.find(([, factor]) => bytes % factor === 0);
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}`;
}
