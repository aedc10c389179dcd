import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { projectedText } from '../../../test/support/projected-text.ts';
import { jsonDocument, readTree } from '../../../test/support/projection-arbitraries.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../plan/footprint.ts';
import { compileProjector, WHOLE_PROJECTOR } from './projector.ts';

const RUNS = { numRuns: 3000 };

/** The projected document, as it is evaluated. */
function project(tree: ReadTree, document: JsonValue): string {
  return Buffer.from(compileProjector(tree).project(document).json!).toString();
}

function tree(reads: number, children?: Record<string, ReadTree>, each?: ReadTree): ReadTree {
  const named = children && { children: new Map(Object.entries(children)) };
  return { reads, ...named, ...(each && { each }) };
}

describe('a projection', () => {
  const there = tree(0);
  const ofA = (child: ReadTree): ReadTree => tree(0, { a: child });
  const sparse = tree(0, { '2': tree(SCALAR), '0': tree(TYPE), '01': tree(FULL), '-0': tree(FULL) });
  const proto = tree(0, Object.fromEntries([['__proto__', tree(SCALAR)]]));
  const table: [what: string, tree: ReadTree, document: string, projected: string][] = [
    ['what is only there', there, '{"a":1}', 'null'],
    ['nothing of what has no node', ofA(there), '{"b":{"a":1}}', '{}'],
    ['a member that is there', ofA(there), '{"a":[1,2],"b":1}', '{"a":null}'],
    ['null where it is only known to be there', ofA(there), '{"a":null}', '{"a":null}'],
    ['that there is no object', ofA(tree(FULL)), '"a"', 'null'],
    ['that there is an array', ofA(tree(FULL)), '["a"]', '[]'],
    ['the type of a text', tree(TYPE), '"x"', '""'],
    ['the type of a number', tree(TYPE), '1.0', '0'],
    ['true, which is a type of its own', tree(TYPE), 'true', 'true'],
    ['null, which is a type of its own', tree(TYPE), 'null', 'null'],
    ['the type of an array', tree(TYPE), '[1]', '[]'],
    ['the type of an object where values are compared', tree(COMPARED), '{"a":1}', '{}'],
    ['the keys of an object', tree(KEYS), '{"b":1,"a":{"c":1}}', '{"a":null,"b":null}'],
    ['the length of an array', tree(KEYS), '[1,[2],3]', '[null,null,null]'],
    ['nothing of a text whose keys are asked', tree(KEYS), '"x"', 'null'],
    ['each member', tree(0, undefined, tree(SCALAR)), '{"b":"x","a":[1]}', '{"a":[],"b":"x"}'],
    [
      'each member, and of one more',
      tree(0, { b: tree(SCALAR) }, tree(TYPE, { x: tree(SCALAR) })),
      '{"b":"x","c":"x","d":{"x":1,"y":2}}',
      '{"b":"x","c":"","d":{"x":1}}',
    ],
    [
      'each element, and of one more',
      tree(0, { '1': tree(0, { y: tree(TYPE) }) }, tree(0, { x: tree(SCALAR) })),
      '[{"x":1,"y":2},{"x":1,"y":2}]',
      '[{"x":1},{"x":1,"y":0}]',
    ],
    ['elements with gaps between', sparse, '["a","b","c","d"]', '["",null,"c"]'],
    ['elements as far as there are any', sparse, '["a","b"]', '[""]'],
    [
      'elements in the order of their numbers',
      tree(0, { '10': tree(SCALAR), '9': tree(TYPE) }),
      '[0,1,2,3,4,5,6,7,8,9,10]',
      '[null,null,null,null,null,null,null,null,null,0,10]',
    ],
    ['no element of an empty array', sparse, '[]', '[]'],
    ['members whose keys are digits', sparse, '{"2":1.0,"02":1,"10":1}', '{"2":1.0}'],
    [
      'members in the order of UTF-8',
      tree(KEYS),
      '{"\u{1f600}":1,"\uffff":1}',
      '{"\uffff":null,"\u{1f600}":null}',
    ],
    [
      'named members in the order of UTF-8',
      tree(0, { '\u{1f600}': there, '\uffff': there, '10': there, '9': there }),
      '{"9":1,"10":1,"\u{1f600}":1,"\uffff":1}',
      '{"10":null,"9":null,"\uffff":null,"\u{1f600}":null}',
    ],
    ['the key __proto__', proto, '{"__proto__":"x","a":1}', '{"__proto__":"x"}'],
    ['no prototype', proto, '{"a":1}', '{}'],
    ['the key that is empty', tree(0, { '': tree(SCALAR) }), '{"":"x"}', '{"":"x"}'],
    ['numbers by their text', tree(SCALAR), '-0', '-0'],
    ['numbers larger than a double', tree(SCALAR), '1e400', '1e400'],
    ['integers that are compared by their value', tree(COMPARED), '1.0', '1'],
    ['negative zero that is compared', tree(COMPARED), '-0', '0'],
    ['compared, the largest integer of a double', tree(COMPARED), '9007199254740991.0', '9007199254740991'],
    [
      'compared, what a double would round',
      tree(COMPARED),
      '1.00000000000000000001',
      '1.00000000000000000001',
    ],
    ['compared, what a double would make zero', tree(COMPARED), '1e-400', '1e-400'],
    ['compared, integers beyond a double', tree(COMPARED), '12345678901234567890', '12345678901234567890'],
    ['compared and by their text, numbers by their text', tree(COMPARED | SCALAR), '1.0', '1.0'],
  ];
  for (const [what, reads, document, projected] of table) {
    it(`shows ${what}`, () => assert.equal(project(reads, parseJson(document)), projected));
  }

  it('has no key of an inherited name in common with one that is there', () => {
    const reads = tree(0, { constructor: there, toString: there });
    assert.equal(project(reads, { toString: 1 }), '{"toString":null}');
    assert.equal(project(reads, {}), '{}');
  });

  it('has U+FFFD for lone surrogates of texts that were not parsed', () => {
    assert.equal(project(tree(SCALAR), '\ud800'), '"\ufffd"');
  });

  it('is made of documents as deep as data may be', () => {
    let document: JsonValue = 'x';
    let reads: ReadTree = tree(SCALAR);
    for (let i = 0; i < 2000; i++) {
      document = i % 2 === 0 ? [document] : { a: document };
      reads = i % 2 === 0 ? tree(0, undefined, reads) : tree(0, { a: reads });
    }
    assert.equal(project(reads, document), project(tree(FULL), document));
  });

  it('is the plain reading of the tree, byte for byte', () => {
    fc.assert(
      fc.property(readTree, jsonDocument, (reads, document) => {
        assert.equal(project(reads, document), projectedText(reads, document));
      }),
      { numRuns: 10_000 },
    );
  });

  it('stays as it is when it is projected again', () => {
    fc.assert(
      fc.property(readTree, jsonDocument, (reads, document) => {
        const projected = project(reads, document);
        assert.equal(project(reads, parseJson(projected)), projected);
      }),
      RUNS,
    );
  });
});

describe('the key of a projection', () => {
  const key = (reads: ReadTree, document: JsonValue | undefined): string =>
    compileProjector(reads).project(document).key;

  it('is equal exactly for equal projections', () => {
    fc.assert(
      fc.property(readTree, jsonDocument, jsonDocument, (reads, one, other) => {
        const same = projectedText(reads, one) === projectedText(reads, other);
        assert.equal(key(reads, one) === key(reads, other), same);
      }),
      RUNS,
    );
  });

  it('tells no document from null', () => {
    assert.equal(WHOLE_PROJECTOR.project(undefined).json, undefined);
    assert.notEqual(key(tree(FULL), undefined), key(tree(FULL), null));
  });

  it('is short for long documents, and tells them apart', () => {
    const long = (end: string): JsonValue => ({ text: 'x'.repeat(10_000) + end });
    assert.ok(key(tree(FULL), long('a')).length < 64);
    assert.notEqual(key(tree(FULL), long('a')), key(tree(FULL), long('b')));
  });

  it('begins with its kind', () => {
    assert.equal(key(tree(0), 'x'), 'jnull');
    assert.equal(key(tree(0), undefined), 'n');
    assert.match(key(tree(FULL), 'x'.repeat(255)), /^h[A-Za-z0-9_-]{43}$/);
  });

  it('is made once, as are the bytes', () => {
    const projection = WHOLE_PROJECTOR.project('x'.repeat(1000));
    assert.equal(projection.json, projection.json);
    assert.equal(projection.key, projection.key);
  });
});
