import { toPortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { getPointer, maskPointers } from '../json/pointer.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';
import { bareFields, fieldsOf } from './entry-fields.ts';
import type { Mask } from './mask.ts';

/** A log entry as the text of a JSON object. */
export interface LogEntry {
  readonly text: string;
  /** False: something could not be built. Then it is left out, and `error` says why. */
  readonly complete: boolean;
}

/**
 * A decision as one log entry, in the field names of OPA's decision logs
 * (https://www.openpolicyagent.org/docs/management-decision-logs), so that existing pipelines take it. What OPA has no
 * name for stands in `custom`. Masked places are removed and named in `erased`. What the input or the policy's answer hold never makes it throw.
 */
export function logEntry(event: DecisionEvent, mask: Mask): LogEntry {
  try {
    return fullEntry(event, mask);
  } catch (thrown) {
    // The message may quote what the mask hides; the code does not.
    const { code } = toPortcullisError(thrown);
    return { text: JSON.stringify(bareFields(event, code)), complete: false };
  }
}

function fullEntry(event: DecisionEvent, mask: Mask): LogEntry {
  const result = resultOf(event.json, mask);
  const fields = { ...fieldsOf(event, mask), ...(result.error && { error: result.error }) };
  const { kept, erased } = withoutMasked(fields, placesOf(event, mask));
  const all = [...erased, ...result.erased];
  const text = JSON.stringify(all.length === 0 ? kept : { ...kept, erased: all });
  return {
    // As text, since not every result can be parsed: Rego's {1: "x", "1": "y"} names a key twice.
    text: result.json === undefined ? text : `${text.slice(0, -1)},"result":${result.json}}`,
    complete: result.error === undefined,
  };
}

const REASONS: Mask['places'] = [{ text: '/custom/reasons', pointer: ['custom', 'reasons'] }];

/** The reasons repeat what the result says or, where the question was refused, what the error says. */
function placesOf(event: DecisionEvent, mask: Mask): Mask['places'] {
  const hidden = event.error === undefined ? mask.hidesReasons : mask.hidesErrors;
  if (!hidden || event.reasons.length === 0) return mask.places;
  return mask.places.filter(({ text }) => text !== REASONS[0]?.text).concat(REASONS);
}

/** The result as an entry shows it. */
export interface Result {
  readonly json: string | undefined;
  readonly erased: readonly string[];
  readonly error: JsonObject | undefined;
}

/** The result as it was written, unless the mask names a place in it; one that cannot be read is left out. */
export function resultOf(json: string | undefined, mask: Mask): Result {
  if (json === undefined) return { json, erased: [], error: undefined };
  if (mask.inResult.some(({ pointer }) => pointer.length === 1)) {
    return { json: undefined, erased: ['/result'], error: undefined };
  }
  try {
    if (mask.inResult.length === 0) return { json: oneLine(json), erased: [], error: undefined };
    const { kept, erased } = withoutMasked({ result: parseJson(json) }, mask.inResult);
    return { json: JSON.stringify(kept['result']), erased, error: undefined };
  } catch (thrown) {
    const { code } = toPortcullisError(thrown, 'json_invalid');
    const message = 'the result cannot be read, and is left out';
    return { json: undefined, erased: ['/result'], error: { code, message } };
  }
}

/**
 * The text of one JSON value as it is, on one line; throws when it is none. Modules write their results themselves: what
 * one policy set's module writes must not pass for fields, or for lines, of another's.
 */
function oneLine(json: string): string {
  JSON.parse(json);
  // A line break in JSON is white space: strings cannot hold one.
  return json.includes('\n') || json.includes('\r') ? json.replaceAll(/[\r\n]/g, ' ') : json;
}

/** What is left, and the names of the places that were there. */
function withoutMasked(
  value: JsonObject,
  places: Mask['places'],
): { kept: JsonObject; erased: readonly string[] } {
  const found = places.filter(({ pointer }) => getPointer(value, pointer) !== undefined);
  const pointers = found.map(({ pointer }) => pointer);
  const kept: JsonValue = maskPointers(value, pointers, undefined);
  return { kept: kept as JsonObject, erased: found.map(({ text }) => text) };
}
