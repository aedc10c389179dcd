import type { ErrorCode } from '../../errors.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { compareValues } from '../builtins/compare.ts';
import { parseJson as parseRego } from '../builtins/json-value.ts';
import type { Evaluation } from '../evaluator.ts';
import type { RegoValue } from '../value.ts';

/** What became of an evaluation. */
export type Answer =
  | { readonly evaluation: Evaluation; readonly error?: undefined }
  | { readonly error: ErrorCode; readonly message: string; readonly evaluation?: undefined };

/**
 * What two evaluations of one evaluator differ in, as “… and …”; undefined when in nothing that counts: value down to the text of
 * numbers, window, effects, error code. Sets come as arrays in any order, so that the order of an array does not count.
 */
export function differenceExact(a: Answer, b: Answer): string | undefined {
  if (a.evaluation === undefined || b.evaluation === undefined)
    return a.error === b.error ? undefined : words(a, b);
  if (!sameText(a.evaluation.json, b.evaluation.json)) return words(a, b);
  const about = aboutOf(a.evaluation);
  const other = aboutOf(b.evaluation);
  return about === other ? undefined : `${about} and ${other}`;
}

/** The same of two evaluators: numbers by their value, and neither window nor effects, which depend on the order of sets. */
export function differenceByValue(a: Answer, b: Answer): string | undefined {
  if (a.evaluation === undefined || b.evaluation === undefined)
    return a.error === b.error ? undefined : words(a, b);
  return sameValue(a.evaluation.json, b.evaluation.json) ? undefined : words(a, b);
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return canonicalJson(inTextOrder(parseJson(a))) === canonicalJson(inTextOrder(parseJson(b)));
}

function sameValue(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return compareValues(inOrder(parseRego(a)), inOrder(parseRego(b))) === 0;
}

function inTextOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const texts = value.map((each) => canonicalJson(inTextOrder(each))).sort();
    return texts;
  }
  if (!isJsonObject(value)) return value;
  const object: JsonObject = Object.create(null);
  for (const [key, member] of Object.entries(value)) object[key] = inTextOrder(member);
  return object;
}

function inOrder(value: RegoValue): RegoValue {
  if (Array.isArray(value)) return value.map(inOrder).sort(compareValues);
  if (!(value instanceof Map)) return value;
  return new Map(Array.from(value, ([key, member]) => [key, inOrder(member)]));
}

function aboutOf({ validFromMs, validUntilMs, effects }: Evaluation): string {
  const used = [...effects].sort().join(', ') || 'nothing';
  return `valid from ${validFromMs} until ${validUntilMs} using ${used}`;
}

const MAX_SHOWN = 200;

const words = (a: Answer, b: Answer): string => `${shown(a)} and ${shown(b)}`;

function shown({ evaluation, error }: Answer): string {
  const text = evaluation === undefined ? (error ?? '') : (evaluation.json ?? 'no value');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
