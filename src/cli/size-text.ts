/** A size for people: whole bytes below 1 KiB, otherwise one decimal of KiB or MiB. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const unit = bytes < 1024 ** 2 ? (['KiB', 1024] as const) : (['MiB', 1024 ** 2] as const);
  return `${(bytes / unit[1]).toFixed(1)} ${unit[0]}`;
}
