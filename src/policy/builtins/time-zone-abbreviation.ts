/**
 * What tzdata calls a time that has no name of its own: its offset (`+03`, `-0930`), or local mean time where the offset
 * has seconds, as before the railways.
 */
export function plainAbbreviation(offsetSeconds: number): string {
  if (offsetSeconds % 60 !== 0) return 'LMT';
  const minutes = Math.abs(offsetSeconds) / 60;
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return (offsetSeconds < 0 ? '-' : '+') + hours + rest;
}
