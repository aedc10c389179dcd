import * as memory from './scan-memory.ts';
import { ENTRY, fetchText, scanned, textAt } from './scan-memory.ts';

const { entries, source, sorted, words } = memory;

/** Where the last entry of a map with this name stands in `entries`; -1 without one. */
export function findEntry(slot: number, name: Uint8Array): number {
  const { length } = name;
  for (let entry = (scanned.entryCount - 1) * ENTRY; entry >= 0; entry -= ENTRY) {
    const start = entries[entry + 1]!;
    if (entries[entry + 2]! - start !== length || entries[entry] !== slot) continue;
    if (length > memory.SHORT_BYTES) fetchText(start, start + length);
    let i = 0;
    while (i < length && source[start + i] === name[i]) i++;
    if (i === length) return entry;
  }
  return -1;
}

/**
 * Puts the entries of a map into `sorted`, by the bytes of their names and the last one of each name; returns how many, -1 for
 * too many. By insertion with binary search, and by the first six bytes before the rest: names are few, and most differ there.
 */
export function sortedEntries(slot: number): number {
  let count = 0;
  const end = scanned.entryCount * ENTRY;
  for (let entry = 0; entry < end; entry += ENTRY) {
    if (entries[entry] !== slot) continue;
    if (count === MAX_SORTED) return -1;
    const begin = beginOf(entry);
    let low = 0;
    let high = count;
    let isKnown = false;
    while (low < high) {
      const middle = (low + high) >> 1;
      let order = begin - begins[middle]!;
      if (order === 0) order = compare(entry, sorted[middle]!);
      if (order === 0) {
        sorted[middle] = entry;
        isKnown = true;
        break;
      }
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    if (isKnown) continue;
    const place = low;
    for (let i = count; i > place; i--) {
      sorted[i] = sorted[i - 1]!;
      begins[i] = begins[i - 1]!;
    }
    sorted[place] = entry;
    begins[place] = begin;
    count++;
  }
  return count;
}

/** More are left to the decoder: to make room for each takes quadratic time. */
const MAX_SORTED = 128;
const begins = new Float64Array(MAX_SORTED);

/** The first six bytes of a name as a number that is ordered as they are; a shorter one ends in zeros. */
function beginOf(entry: number): number {
  const start = entries[entry + 1]!;
  const length = entries[entry + 2]! - start;
  if (length >= 6) {
    fetchText(start, start + length);
    return words.getUint32(start) * 0x10000 + words.getUint16(start + 4);
  }
  let begin = 0;
  for (let i = 0; i < 6; i++) begin = begin * 0x100 + (i < length ? source[start + i]! : 0);
  return begin;
}

/** Of the names, byte by byte. */
function compare(a: number, b: number): number {
  const startA = entries[a + 1]!;
  const startB = entries[b + 1]!;
  const lengthA = entries[a + 2]! - startA;
  const lengthB = entries[b + 2]! - startB;
  const length = Math.min(lengthA, lengthB);
  for (let i = 0; i < length; i++) {
    const difference = source[startA + i]! - source[startB + i]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}

/** The value of the last entry of a map with this name, undefined without one. */
export function valueOf(slot: number, name: Uint8Array): string | undefined {
  const entry = findEntry(slot, name);
  return entry < 0 ? undefined : textAt(entries[entry + 3]!, entries[entry + 4]!);
}

/** The names of a map, as they came. */
export function namesOf(slot: number): string[] {
  const names: string[] = [];
  const end = scanned.entryCount * ENTRY;
  for (let entry = 0; entry < end; entry += ENTRY) {
    if (entries[entry] === slot) names.push(textAt(entries[entry + 1]!, entries[entry + 2]!));
  }
  return names;
}

/** Whether a byte stands in one of the names of a map. */
export function hasByteInNames(slot: number, byte: number): boolean {
  const end = scanned.entryCount * ENTRY;
  for (let entry = 0; entry < end; entry += ENTRY) {
    if (entries[entry] !== slot) continue;
    const stop = entries[entry + 2]!;
    fetchText(entries[entry + 1]!, stop);
    for (let at = entries[entry + 1]!; at < stop; at++) if (source[at] === byte) return true;
  }
  return false;
}
