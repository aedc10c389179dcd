import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/value.ts';
import { trimBlanks } from '../body/blanks.ts';
import { type HeaderPlace, MAX_HEADERS_BYTES, nameProblem, valueProblem } from './header-rules.ts';
import { at, invalid } from './obligations-error.ts';

const ACTIONS = ['overwrite', 'append', 'add_if_absent', 'overwrite_if_exists'] as const;
export type HeaderAction = (typeof ACTIONS)[number];

/** What is to become of one header. */
export interface HeaderMutation {
  /** Lower case. */
  readonly name: string;
  /** Never empty, and without white space around it. */
  readonly value: string;
  readonly action: HeaderAction;
}

/** The headers of one place. */
export interface HeaderMutations {
  /** Of one name, the first overwrites or says otherwise and the others append. */
  readonly list: readonly HeaderMutation[];
  /** Names given no value, or only empty ones (which Envoy would send as they are): what a client sent must not stand in their place. */
  readonly emptied: readonly string[];
  /** Whether a first mutation of a name does not overwrite: what it does depends on the headers that it meets. */
  readonly conditional: boolean;
}

export const NO_HEADERS: HeaderMutations = { list: [], emptied: [], conditional: false };

/**
 * Reads headers as opa-envoy-plugin does (envoyauth/response.go, transformAnyInputToHeadersBag): an object or a list of
 * objects, whose values are strings or lists of strings. In Portcullis alone, `{"value": string, "action": …}` may stand
 * for a string. Without an action the first value of a name overwrites (what a client sent must not survive), be it empty, and
 * the next ones are added to it; cookies of responses are always added to those of the upstream.
 */
export function readHeaders(value: JsonValue | undefined, key: string, place: HeaderPlace): HeaderMutations {
  if (value === undefined) return NO_HEADERS;
  const reader = new HeadersReader(place);
  if (isJsonObject(value)) {
    reader.readObject(value, key);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (!isJsonObject(item)) throw invalid(at(key, index), 'is not an object: map names to values');
      reader.readObject(item, at(key, index));
    });
  } else {
    throw invalid(key, 'is neither an object nor a list of objects: map names to values');
  }
  return reader.finish();
}

class HeadersReader {
  readonly #place: HeaderPlace;
  readonly #list: HeaderMutation[] = [];
  /** Names whose first mutation overwrites with nothing: the next one overwrites too, as there is nothing left to add to. */
  readonly #emptied = new Set<string>();
  /** By name, where its first mutation is. */
  readonly #firsts = new Map<string, number>();
  #bytes = 0;

  constructor(place: HeaderPlace) {
    this.#place = place;
  }

  readObject(object: JsonObject, place: string): void {
    for (const [key, given] of Object.entries(object)) {
      const here = at(place, key);
      const name = key.toLowerCase();
      const problem = nameProblem(name, this.#place);
      if (problem !== undefined) throw invalid(here, problem);
      if (!Array.isArray(given)) this.#read(name, given, here);
      else if (given.length === 0) this.#empty(name, undefined);
      else given.forEach((item, index) => this.#read(name, item, at(here, index)));
    }
  }

  finish(): HeaderMutations {
    const conditional = [...this.#firsts.values()].some((index) => this.#list[index]?.action !== 'overwrite');
    const emptied = [...this.#emptied].filter((name) => !this.#firsts.has(name));
    return { list: this.#list, emptied, conditional };
  }

  #read(name: string, item: JsonValue, place: string): void {
    const { value, action } = valueOf(item, place);
    this.#checkAction(name, action, place);
    if (value === '') return this.#empty(name, action);
    this.#bytes += name.length + Buffer.byteLength(value);
    if (this.#bytes > MAX_HEADERS_BYTES) {
      throw invalid(
        place,
        `is beyond the ${MAX_HEADERS_BYTES} bytes that headers may have together: send less`,
      );
    }
    this.#add(name, value, action);
  }

  #empty(name: string, action: HeaderAction | undefined): void {
    if (!this.#firsts.has(name) && isOverwriting(action ?? this.#defaultAction(name)))
      this.#emptied.add(name);
  }

  #defaultAction(name: string): HeaderAction {
    return name === 'set-cookie' && this.#place !== 'request' ? 'append' : 'overwrite';
  }

  #checkAction(name: string, action: HeaderAction | undefined, place: string): void {
    if (action !== undefined && isConditional(action) && this.#place === 'denial') {
      throw invalid(place, `has an action that Envoy does not carry out in a denial: leave ${action} out`);
    }
    const first = this.#list[this.#firsts.get(name) ?? -1]?.action;
    const again =
      first === undefined
        ? this.#emptied.has(name) && action !== undefined && isConditional(action)
        : (action !== undefined && action !== 'append') || isConditional(first);
    if (again)
      throw invalid(place, 'sets a header a second time: give its values as one list without actions');
    if (
      this.#isRequestCookie(name) &&
      action === 'append' &&
      first === undefined &&
      !this.#emptied.has(name)
    ) {
      throw invalid(
        place,
        'adds to the cookies of the request, which Envoy would do with a comma: overwrite them with all that is to be sent',
      );
    }
  }

  #isRequestCookie(name: string): boolean {
    return name === 'cookie' && this.#place === 'request';
  }

  #add(name: string, value: string, action: HeaderAction | undefined): void {
    const first = this.#firsts.get(name);
    const separator = this.#separator(name);
    if (first === undefined) {
      this.#firsts.set(name, this.#list.length);
      const given = this.#emptied.has(name) ? 'overwrite' : action;
      this.#list.push({ name, value, action: given ?? this.#defaultAction(name) });
    } else if (separator === undefined) {
      this.#list.push({ name, value, action: 'append' });
    } else {
      const joined = this.#list[first]!;
      this.#list[first] = { ...joined, value: joined.value + separator + value };
    }
  }

  /** Between values that are sent as one; undefined where each is sent by itself. */
  #separator(name: string): string | undefined {
    // Envoy joins with a comma, which is a part of the cookie to some servers (RFC 6265, 4.2.1 and 5.4).
    if (this.#isRequestCookie(name)) return '; ';
    // Envoy adds before it overwrites, so what overwrites must hold all values; RFC 9110, 5.3 allows the list.
    return this.#place === 'response' && name !== 'set-cookie' ? ', ' : undefined;
  }
}

/** Whether nothing that was there before survives. */
const isOverwriting = (action: HeaderAction): boolean =>
  action === 'overwrite' || action === 'overwrite_if_exists';

const isConditional = (action: HeaderAction): boolean =>
  action === 'add_if_absent' || action === 'overwrite_if_exists';

function valueOf(item: JsonValue, place: string): { value: string; action: HeaderAction | undefined } {
  const { value, action } = isJsonObject(item) ? item : { value: item, action: undefined };
  if (typeof value !== 'string') throw invalid(place, 'is not a string, nor {"value": string, "action": …}');
  const problem = valueProblem(value);
  if (problem !== undefined) throw invalid(place, problem);
  return { value: trimBlanks(value), action: action === undefined ? undefined : actionOf(action, place) };
}

function actionOf(action: JsonValue, place: string): HeaderAction {
  const known = ACTIONS.find((name) => name === action);
  if (known === undefined) throw invalid(at(place, 'action'), `is none of ${ACTIONS.join(', ')}`);
  return known;
}
