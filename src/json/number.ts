import type { RawJson } from './value.ts';

/** Whether a double prints as exactly `source`, so that nothing is lost by keeping the double. */
export function isDecimalFaithful(number: number, source: string): boolean {
  return String(number) === source;
}

/** The number as `source` writes it: a double where that loses nothing, else the text itself. `source` must be a JSON number. */
export function losslessNumber(source: string): number | RawJson {
  const number = Number(source);
  return isDecimalFaithful(number, source) ? number : JSON.rawJSON(source);
}
