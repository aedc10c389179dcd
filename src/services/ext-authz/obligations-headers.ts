import { PortcullisError } from '../../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { type HeaderPlace, nameProblem, valueProblem } from './header-rules.ts';

export type HeaderAction = 'append' | 'add_if_absent' | 'overwrite' | 'overwrite_if_exists';

/** One HeaderValueOption. */
export interface HeaderMutation {
  /** Lower case. */
  readonly name: string;
  /** Never empty, and without white space around it. */
  readonly value: string;
  readonly action: HeaderAction;
}

interface ReadHeaders {
  readonly headers: HeaderMutation[];
  /** Headers whose values are all empty and that a client's own must not stand for. */
  readonly emptied: readonly string[];
}

const ACTIONS: ReadonlySet<string> = new Set<HeaderAction>([
  'append',
  'add_if_absent',
  'overwrite',
  'overwrite_if_exists',
]);

/**
 * Reads headers as opa-envoy-plugin does: an object or a list of objects, each value a string or a list of strings; or, in
 * Portcullis alone, instead of a string an object `{"value": string, "action": …}`. The first value of a name overwrites
 * and the next ones append, unless an action says otherwise.
 */
export function readHeaders(value: JsonValue | undefined, place: string, where: HeaderPlace): ReadHeaders {
  const headers: HeaderMutation[] = [];
  const seen = new Set<string>();
  const emptied = new Set<string>();
  const add = (rawName: string, item: JsonValue, at: string): void => {
    const name = rawName.toLowerCase();
    const problem = nameProblem(name, where);
    if (problem !== undefined) throw invalid(at, problem);
    const given = readValue(item, at);
    const again = seen.has(name) || (where === 'response' && name === 'set-cookie');
    const action = given.action ?? (again ? 'append' : 'overwrite');
    if (given.value === '') {
      if (action === 'overwrite' || action === 'overwrite_if_exists') emptied.add(name);
      return;
    }
    seen.add(name);
    headers.push({ name, value: given.value, action });
  };
  for (const [object, at] of objectsOf(value, place)) {
    for (const [name, given] of Object.entries(object)) {
      const here = `${at}[${JSON.stringify(name)}]`;
      if (Array.isArray(given)) given.forEach((item, index) => add(name, item, `${here}[${index}]`));
      else add(name, given, here);
    }
  }
  return { headers, emptied: [...emptied].filter((name) => !seen.has(name)) };
}

function objectsOf(value: JsonValue | undefined, place: string): [JsonObject, string][] {
  if (value === undefined) return [];
  if (isJsonObject(value)) return [[value, place]];
  if (!Array.isArray(value)) throw invalid(place, 'is neither an object nor a list of objects');
  return value.map((item, index): [JsonObject, string] => {
    const at = `${place}[${index}]`;
    if (!isJsonObject(item)) throw invalid(at, 'is not an object');
    return [item, at];
  });
}

function readValue(item: JsonValue, at: string): { value: string; action: HeaderAction | undefined } {
  let value: JsonValue | undefined = item;
  let action: HeaderAction | undefined;
  if (isJsonObject(item)) {
    value = item['value'];
    action = readAction(item['action'], at);
  }
  if (typeof value !== 'string')
    throw invalid(at, 'is not a string, a list of strings or {"value", "action"}');
  const problem = valueProblem(value);
  if (problem !== undefined) throw invalid(at, problem);
  // White space around a value is not part of it (RFC 9110, 5.5), and HTTP/2 forbids it (RFC 9113, 8.2.1).
  return { value: value.replace(/^[ \t]+|[ \t]+$/g, ''), action };
}

function readAction(action: JsonValue | undefined, at: string): HeaderAction | undefined {
  if (action === undefined) return undefined;
  if (typeof action === 'string' && ACTIONS.has(action)) return action as HeaderAction;
  throw invalid(`${at}.action`, `is none of ${[...ACTIONS].join(', ')}`);
}

function invalid(place: string, problem: string): PortcullisError {
  return new PortcullisError('obligations_invalid', `The policy's ${place} ${problem}`);
}
