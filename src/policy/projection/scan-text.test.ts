import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readTree } from '../../../test/support/projection-arbitraries.ts';
import { checkScan, outcomeOf, SCAN_LIMITS } from '../../../test/support/scan-check.ts';
import { seenOf, textOf, written } from '../../../test/support/scan-texts.ts';
import { parseJson } from '../../json/parse.ts';
import { FULL, KEYS, type ReadTree, SCALAR, TYPE, WHOLE } from '../plan/footprint.ts';
import { compileProjector } from './projector.ts';

function tree(reads: number, children?: Record<string, ReadTree>, each?: ReadTree): ReadTree {
  const named = children && { children: new Map(Object.entries(children)) };
  return { reads, ...named, ...(each && { each }) };
}

const scalar = tree(SCALAR);
const ofA = (child: ReadTree): ReadTree => tree(0, { a: child });

/** What the scan gives, or the code that it refuses with. */
function scanned(reads: ReadTree, text: string): string {
  const { seen, code } = checkScan(compileProjector(reads), Buffer.from(text));
  return seen ?? code!;
}

describe('a scan', () => {
  const table: [what: string, tree: ReadTree, text: string, seen: string][] = [
    ['takes keys by what they mean', ofA(scalar), '{"\\u0061":"\\u0062"}', '{"a":"b"}'],
    [
      'writes members in their order',
      tree(0, { a: scalar, b: scalar }),
      '{"b":1,"c":{},"a":2}',
      '{"a":2,"b":1}',
    ],
    [
      'takes a half of a pair for U+FFFD',
      tree(0, { '\ufffd': scalar }),
      '{"\\ud800":"\\udc00"}',
      '{"\ufffd":"\ufffd"}',
    ],
    ['takes no key for a half of a pair', tree(0, { '\ud800': scalar }), '{"\ufffd":1,"\\ud800":1}', '{}'],
    [
      'refuses a key that is seen and named twice',
      ofA(scalar),
      '{"a":1,"b":1,"\\u0061":1}',
      'json_duplicate_key',
    ],
    ['refuses it below', ofA(ofA(scalar)), '{"a":{"a":1,"a":1}}', 'json_duplicate_key'],
    ['refuses it where only the keys are seen', tree(KEYS), '{"b":1,"b":1}', 'json_duplicate_key'],
    [
      'refuses it where each member is seen',
      tree(0, undefined, scalar),
      '{"b":1,"b":1}',
      'json_duplicate_key',
    ],
    ['refuses it where everything is seen', ofA(WHOLE), '{"a":[{"b":1,"b":1}]}', 'json_duplicate_key'],
    ['refuses it where it is only seen to be there', ofA(tree(0)), '{"a":1,"a":1}', 'json_duplicate_key'],
    ['overlooks others', ofA(scalar), '{"b":1,"a":2,"b":3}', '{"a":2}'],
    ['overlooks it below others', ofA(scalar), '{"b":{"a":1,"a":1},"a":2}', '{"a":2}'],
    ['overlooks it where only the type is seen', ofA(tree(TYPE)), '{"a":{"a":1,"a":1}}', '{"a":{}}'],
    ['overlooks it below the keys that are seen', tree(KEYS), '{"b":{"a":1,"a":1}}', '{"b":null}'],
    [
      'refuses a number that is seen and too large',
      ofA(scalar),
      '{"a":1e100000000}',
      'json_number_too_large',
    ],
    ['refuses it where its type is seen', ofA(tree(TYPE)), '{"a":1e100000000}', 'json_number_too_large'],
    ['refuses it where everything is seen', WHOLE, '[1e100000000]', 'json_number_too_large'],
    ['overlooks others', ofA(scalar), '{"b":[1e100000000],"a":1}', '{"a":1}'],
    ['overlooks it where it is only there', ofA(tree(0)), '{"a":1e100000000}', '{"a":null}'],
    [
      'counts how deep it is where nobody looks',
      ofA(scalar),
      `{"b":${'['.repeat(12)}${']'.repeat(12)}}`,
      'json_too_deep',
    ],
    [
      'counts how deep it is where it looks',
      tree(0, undefined, WHOLE),
      `${'['.repeat(13)}${']'.repeat(13)}`,
      'json_too_deep',
    ],
    ['goes as deep as it may', ofA(scalar), `{"b":${'[[],'.repeat(10)}[]${']'.repeat(10)}}`, '{}'],
    ['comes up again from where it looks', WHOLE, `[${'[{}],'.repeat(20)}0]`, `[${'[{}],'.repeat(20)}0]`],
    ['refuses a byte order mark', ofA(scalar), '\ufeff{}', 'json_invalid'],
    ['refuses what follows', ofA(scalar), '{} {}', 'json_invalid'],
    ['refuses a zero that follows', tree(0), '1\u0000', 'json_invalid'],
    ['refuses nothing at all', tree(0), '', 'json_invalid'],
    ['refuses a string that does not end', tree(0), `"${'x'.repeat(30)}`, 'json_invalid'],
    ['is not told by what was there before', tree(0), '"xxx', 'json_invalid'],
  ];
  for (const [what, reads, text, seen] of table) it(what, () => assert.equal(scanned(reads, text), seen));

  it('refuses what the parser refuses wherever it stands', () => {
    const wrong = [
      '"a\nb"',
      '"\\x"',
      '"\\u12G4"',
      '"\\',
      '"\\u',
      '01',
      '-',
      '+1',
      '.5',
      '1.',
      '1e',
      '1e+',
      '1.e1',
      '-a',
      'tru',
      'nul',
      'falsey',
      'NaN',
      '[1,]',
      '[,]',
      '[1 2]',
      '[',
      ']',
      '[}',
      '{]',
      '{"b"}',
      '{"b":}',
      '{"b":1,}',
      '{,}',
      '{b:1}',
      '{"b" 1}',
      '{"b":1 "c":1}',
      '{"b"::1}',
      '\u00a01',
      '/**/1',
    ];
    for (const part of wrong) {
      for (const reads of [
        tree(0),
        ofA(tree(0)),
        ofA(tree(TYPE, { a: scalar })),
        tree(KEYS),
        WHOLE,
        tree(0, undefined, ofA(tree(FULL))),
      ]) {
        for (const text of [
          part,
          `{"a":${part}}`,
          `{"b":${part},"a":1}`,
          `[${part}]`,
          `[[${part}]]`,
          `{"a":{"a":[${part}]}}`,
        ]) {
          assert.equal(scanned(reads, text), 'json_invalid', text);
        }
      }
    }
  });

  it('finds what ends a string at every place in it', () => {
    const projector = compileProjector(ofA(scalar));
    for (let length = 0; length < 40; length++) {
      for (const inside of [
        '',
        '\\n',
        '\u0001',
        '\u001f',
        '\u0020',
        '\u0021',
        '\u0023',
        '\u005b',
        '\u005d',
        '\u007f',
        'é',
        '\u{1f600}',
        '\u2028',
      ]) {
        for (let at = 0; at <= length; at++) {
          const string = `${'y'.repeat(at)}${inside}${'z'.repeat(length - at)}`;
          checkScan(projector, Buffer.from(`{"b":"${string}"}`));
          checkScan(projector, Buffer.from(`{"b":"${string}","a":"${string}","${string}":0}`));
        }
      }
    }
  });

  it('reads large texts, deep limits and texts beyond what is scanned as the parser does', () => {
    const projector = compileProjector(ofA(scalar));
    const large = Buffer.from(`{"b":"${'x'.repeat(1 << 20)}","a":1}`);
    const seen = (limits: { maxBytes: number; maxDepth: number }): string | undefined => {
      const { seen: text, code } = outcomeOf(() => projector.projectText(large, limits));
      return text ?? code;
    };
    assert.equal(seen({ maxBytes: 1 << 21, maxDepth: 12 }), '{"a":1}');
    assert.equal(seen({ maxBytes: 1 << 20, maxDepth: 12 }), 'json_too_large');
    assert.equal(seen({ maxBytes: 1 << 21, maxDepth: 2000 }), '{"a":1}');
    const deep = Buffer.from(`{"b":${'['.repeat(1999)}${']'.repeat(1999)},"a":1}`);
    const limits = { maxBytes: 1 << 20, maxDepth: 2000 };
    assert.equal(outcomeOf(() => projector.projectText(deep, limits)).seen, '{"a":1}');
    const small = { maxBytes: 4, maxDepth: 12 };
    assert.equal(outcomeOf(() => projector.projectText(Buffer.from('"é" '), small)).code, 'json_too_large');
  });

  it('refuses what is no UTF-8, wherever it stands', () => {
    for (const wrong of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]]) {
      const text = Buffer.concat([Buffer.from('{"a":1,"b":"'), Buffer.from(wrong), Buffer.from('"}')]);
      assert.equal(checkScan(compileProjector(ofA(scalar)), text).code, 'json_invalid');
    }
  });
});

describe('a scan of any text through any tree', () => {
  const choices = fc.array(fc.nat(11), { minLength: 1, maxLength: 50 });
  /** Goes round. */
  const chooser = (list: readonly number[]): ((bound: number) => number) => {
    let i = 0;
    return (bound) => list[i++ % list.length]! % bound;
  };

  it('gives what the parser gives of what can be seen, and refuses what is wrong there', () => {
    fc.assert(
      fc.property(readTree, written, choices, (reads, value, list) => {
        const text = Buffer.from(textOf(value, chooser(list)));
        const projector = compileProjector(reads);
        const left = Buffer.from(textOf(seenOf(reads, value), chooser(list)));
        const expected = outcomeOf(() => projector.project(parseJson(left, SCAN_LIMITS)));
        const actual = checkScan(projector, text);
        assert.equal(actual.seen, expected.seen);
        assert.equal(actual.code === undefined, expected.code === undefined);
      }),
      { numRuns: 4000 },
    );
  });

  it('refuses texts that are cut off, or ends where they end', () => {
    fc.assert(
      fc.property(readTree, written, choices, (reads, value, list) => {
        const text = Buffer.from(textOf(value, chooser(list)));
        const projector = compileProjector(reads);
        for (let end = 0; end < text.length; end++) checkScan(projector, text.subarray(0, end));
      }),
      { numRuns: 100 },
    );
  });

  it('takes no text with other bytes for another than the parser does', () => {
    const bytes = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:0-.eEtfnu\n ')), fc.nat(255));
    const change = fc.tuple(fc.nat(), fc.nat(2), bytes);
    fc.assert(
      fc.property(
        readTree,
        written,
        choices,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (reads, value, list, changes) => {
          let text = Buffer.from(textOf(value, chooser(list)));
          for (const [place, kind, byte] of changes) {
            const at = place % (text.length + 1);
            const from = kind === 0 ? at : at + 1;
            text = Buffer.concat([
              text.subarray(0, at),
              Buffer.from(kind === 2 ? [] : [byte]),
              text.subarray(from),
            ]);
          }
          checkScan(compileProjector(reads), text);
        },
      ),
      { numRuns: 4000 },
    );
  });
});
