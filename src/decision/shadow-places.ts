import { canonicalJson } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';

/** Enough to see what is wrong. */
const MAX_PLACES = 10;

/** Keys may be as long as an input. */
const MAX_CHARACTERS = 200;

/**
 * Where two values differ, as JSON pointers: names of places only, never what stands there. Numbers differ by their text,
 * the order of keys does not count. Empty when they are the same; the whole, `""`, where one is missing or cannot be read.
 */
export function differingPlaces(left: string | undefined, right: string | undefined): readonly string[] {
  if (left === right) return [];
  if (left === undefined || right === undefined) return [''];
  const places: string[] = [];
  try {
    compare(parseJson(left), parseJson(right), '', places);
  } catch {
    return [''];
  }
  return places;
}

function compare(left: JsonValue, right: JsonValue, place: string, places: string[]): void {
  if (places.length >= MAX_PLACES) return;
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    for (const [index, item] of left.entries()) compare(item, right[index]!, `${place}/${index}`, places);
  } else if (isJsonObject(left) && isJsonObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const below = `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (Object.hasOwn(left, key) && Object.hasOwn(right, key))
        compare(left[key]!, right[key]!, below, places);
      else if (places.length < MAX_PLACES) places.push(shortened(below));
    }
  } else if (canonicalJson(left) !== canonicalJson(right)) {
    places.push(shortened(place));
  }
}

function shortened(place: string): string {
  return place.length <= MAX_CHARACTERS ? place : `${place.slice(0, MAX_CHARACTERS)}…`;
}
