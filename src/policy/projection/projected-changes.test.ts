/** What changes in a document, and whether the key says so: against a reading of the tree path by path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonDocument, keyName, readTree } from '../../../test/support/projection-arbitraries.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../plan/footprint.ts';
import { sameJson } from '../same-json.ts';
import { compileProjector } from './projector.ts';

type Path = readonly string[];
type Container = JsonObject | JsonValue[];

/** All bits that the tree has for what stands at a path; undefined: it cannot be seen. */
function readsAt(tree: ReadTree, path: Path): number | undefined {
  let nodes: ReadTree[] = [tree];
  for (const key of path) {
    if (nodes.some(({ reads }) => (reads & FULL) !== 0)) return FULL;
    nodes = nodes.flatMap(({ reads, children, each }) => [
      ...(children?.has(key) ? [children.get(key)!] : []),
      ...(each ? [each] : []),
      ...((reads & KEYS) !== 0 ? [{ reads: 0 }] : []),
    ]);
  }
  return nodes.length === 0 ? undefined : nodes.reduce((all, { reads }) => all | reads, 0);
}

/** Whether more than its own bits is seen of what stands at a path: something below it. */
function readsBelow(tree: ReadTree, path: Path): boolean {
  return keyNames.some((key) => readsAt(tree, [...path, key]) !== undefined);
}

const keyNames = [...new Set(fc.sample(keyName, 1000)), 'some other key'];

const isContainer = (value: JsonValue): value is Container => Array.isArray(value) || isJsonObject(value);
const child = (container: Container, key: string): JsonValue => (container as JsonObject)[key]!;

/** A place in a document, by choices. */
function placeOf(document: JsonValue, choices: readonly number[]): Path {
  const path: string[] = [];
  let value = document;
  for (const choice of choices) {
    const keys = isContainer(value) ? Object.keys(value) : [];
    if (keys.length === 0) break;
    const key = keys[choice % keys.length]!;
    path.push(key);
    value = child(value as Container, key);
  }
  return path;
}

const at = (document: JsonValue, path: Path): JsonValue =>
  path.reduce((value, key) => child(value as Container, key), document);

/** A copy with another value at a path. */
function replaced(document: JsonValue, path: Path, other: JsonValue): JsonValue {
  if (path.length === 0) return other;
  const copy = parseJson(canonicalJson(document)) as Container;
  (at(copy, path.slice(0, -1)) as JsonObject)[path.at(-1)!] = other;
  return copy;
}

const typeOf = (value: JsonValue): string => {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'array';
  return JSON.isRawJSON(value) ? 'number' : typeof value;
};

/** Whether the bits alone tell two values apart. */
function tells(reads: number, one: JsonValue, other: JsonValue): boolean {
  const scalars = !isContainer(one) && !isContainer(other);
  const keys = (value: JsonValue): string =>
    isContainer(value) ? typeOf(value) + JSON.stringify(Object.keys(value).sort()) : '';
  return (
    ((reads & FULL) !== 0 && canonicalJson(one) !== canonicalJson(other)) ||
    ((reads & (TYPE | SCALAR | COMPARED)) !== 0 && typeOf(one) !== typeOf(other)) ||
    ((reads & KEYS) !== 0 && isContainer(one) && isContainer(other) && keys(one) !== keys(other)) ||
    ((reads & SCALAR) !== 0 && scalars && canonicalJson(one) !== canonicalJson(other)) ||
    ((reads & COMPARED) !== 0 && scalars && !sameJson(one, other))
  );
}

const choices = fc.array(fc.nat(9), { maxLength: 5 });
const key = (tree: ReadTree, document: JsonValue): string => compileProjector(tree).project(document).key;

test('a change of what is read changes the key, whatever kind of read it is', () => {
  const seen = new Map<number, number>();
  fc.assert(
    fc.property(readTree, jsonDocument, choices, jsonDocument, (tree, document, chosen, other) => {
      const path = placeOf(document, chosen);
      const reads = readsAt(tree, path);
      if (reads === undefined || !tells(reads, at(document, path), other)) return;
      assert.notEqual(key(tree, replaced(document, path, other)), key(tree, document));
      for (const bit of [TYPE, KEYS, COMPARED, SCALAR, FULL]) {
        if ((reads & bit) !== 0) seen.set(bit, (seen.get(bit) ?? 0) + 1);
      }
    }),
    { numRuns: 10_000 },
  );
  for (const bit of [TYPE, KEYS, COMPARED, SCALAR, FULL]) assert.ok((seen.get(bit) ?? 0) > 50, `read ${bit}`);
});

test('a change of what is not read never changes the key', () => {
  let changes = 0;
  fc.assert(
    fc.property(readTree, jsonDocument, choices, jsonDocument, (tree, document, chosen, other) => {
      const path = placeOf(document, chosen);
      if ((readsAt(tree, path) ?? 0) !== 0 || readsBelow(tree, path)) return;
      assert.equal(key(tree, replaced(document, path, other)), key(tree, document));
      changes++;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(changes > 500, `${changes} changes`);
});

test('a member that comes or goes changes the key exactly if it is read, be it only that it is there', () => {
  const seen = { read: 0, unread: 0 };
  fc.assert(
    fc.property(readTree, jsonDocument, choices, (tree, document, chosen) => {
      const path = placeOf(document, chosen);
      const parent = path.slice(0, -1);
      if (path.length === 0 || Array.isArray(at(document, parent))) return;
      const less = parseJson(canonicalJson(document));
      delete (at(less, parent) as JsonObject)[path.at(-1)!];
      const read = readsAt(tree, path) !== undefined;
      assert.equal(key(tree, less) !== key(tree, document), read);
      seen[read ? 'read' : 'unread']++;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(seen.read > 200 && seen.unread > 200, JSON.stringify(seen));
});
