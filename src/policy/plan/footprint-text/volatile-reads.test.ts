import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '../../../json/value.ts';
import { compileProjector } from '../../projection/projector.ts';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../footprint.ts';
import { volatileReads } from './volatile-reads.ts';

/** What Envoy sends, with three parts of their own for each request. */
const request = (id: string, port: number, trace: string): JsonObject => ({
  attributes: {
    source: { address: { socketAddress: { address: '10.0.0.1', portValue: port } } },
    request: { time: '2026-11-22T10:00:00Z', http: { id, method: 'GET', headers: { traceparent: trace } } },
  },
});
const BEFORE = request('a', 1, 'x');
const PARTS: readonly (readonly [words: string, after: JsonObject])[] = [
  ['request id', request('b', 1, 'x')],
  ['source port', request('a', 2, 'x')],
  ['header traceparent', request('a', 1, 'y')],
];

const KEY = fc.constantFrom(
  ...'attributes source address socketAddress portValue request http id headers traceparent time'.split(' '),
);
const READS = fc
  .subarray([TYPE, KEYS, COMPARED, SCALAR, FULL], { maxLength: 2 })
  .map((bits) => bits.reduce((all, bit) => all | bit, 0));

/** Paths that lead to the parts, or along them, with any key in places. */
const PATH = fc
  .tuple(
    fc.constantFrom(
      'attributes.request.http.id',
      'attributes.source.address.socketAddress.portValue',
      'attributes.request.http.headers.traceparent',
    ),
    fc.nat(6),
    fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    fc.option(KEY),
  )
  .map(([path, length, wild, other]) => {
    const keys = path.split('.').slice(0, length);
    const seen = keys.map((key, index) => (wild[index] === true ? undefined : key));
    return other === null ? seen : seen.concat(other);
  });

const TREE = fc.array(fc.tuple(PATH, READS), { maxLength: 5 }).map((paths) => {
  let tree: ReadTree = { reads: 0 };
  for (const [path, reads] of paths) tree = withRead(tree, path, reads);
  return tree;
});

function withRead(tree: ReadTree, path: readonly (string | undefined)[], reads: number): ReadTree {
  if (path.length === 0) return { ...tree, reads: tree.reads | reads };
  const [key, ...rest] = path;
  if (key === undefined) return { ...tree, each: withRead(tree.each ?? { reads: 0 }, rest, reads) };
  const children = new Map(tree.children);
  children.set(key, withRead(children.get(key) ?? { reads: 0 }, rest, reads));
  return { ...tree, children };
}

test('a part is told exactly when another value of it is another key', () => {
  fc.assert(
    fc.property(TREE, (tree) => {
      const projector = compileProjector(tree);
      const told = new Set(volatileReads(tree).flatMap(({ parts }) => parts));
      for (const [part, after] of PARTS)
        assert.equal(told.has(part), projector.project(BEFORE).key !== projector.project(after).key, part);
    }),
    { numRuns: 2000 },
  );
});
