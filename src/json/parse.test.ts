import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PortcullisError } from '../errors.ts';
import { type JsonLimits, parseJson } from './parse.ts';
import type { JsonValue } from './value.ts';

function failureOf(source: Uint8Array | string, limits?: JsonLimits): string {
  try {
    parseJson(source, limits);
  } catch (error) {
    assert.ok(error instanceof PortcullisError);
    return `${error.code}: ${error.message}`;
  }
  return 'parsed';
}

/** What `JSON.parse` makes of a document, with the prototypes of ours. */
function reference(text: string): JsonValue {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.assign(Object.create(null) as object, value)
      : value,
  ) as JsonValue;
}

describe('parseJson', () => {
  const good = [
    'null',
    ' true ',
    '\t\r\nfalse\n',
    '""',
    '"a\\u0062\\n\\"\\\\\\/"',
    '"\\ud83d\\ude00"',
    '"\u007f\u2028\u00e9\u{1f600}"',
    '0',
    '-1',
    '3.25',
    '[]',
    '[ 1 , [ 2 ] , {} ]',
    '{}',
    '{"a":1,"b":{"c":[null]}}',
    '{ "a" : "x\\ty" ,\n "" : 0 }',
  ];
  for (const text of good) {
    it(`reads ${JSON.stringify(text)} as JSON.parse does`, () => {
      assert.deepEqual(parseJson(text), reference(text));
      assert.deepEqual(parseJson(Buffer.from(text)), reference(text));
    });
  }

  const bad: [source: string, failure: string][] = [
    ['', 'json_invalid: the document ends too early at line 1, column 1'],
    ['  \n ', 'json_invalid: the document ends too early at line 2, column 2'],
    ['[1,', 'json_invalid: the document ends too early at line 1, column 4'],
    ['tru', 'json_invalid: expected a value at line 1, column 1'],
    ['nul', 'json_invalid: expected a value at line 1, column 1'],
    ['NaN', 'json_invalid: expected a value at line 1, column 1'],
    ['1 2', 'json_invalid: the document ends here, but more follows at line 1, column 3'],
    ['[1] ,', 'json_invalid: the document ends here, but more follows at line 1, column 5'],
    ['[1,]', 'json_invalid: expected a value at line 1, column 4'],
    ['[1 2]', 'json_invalid: expected a comma or the end of the array at line 1, column 4'],
    ['[', 'json_invalid: the document ends too early at line 1, column 2'],
    ['{"a":1,}', 'json_invalid: expected a key in double quotes at line 1, column 8'],
    ["{'a':1}", 'json_invalid: expected a key in double quotes at line 1, column 2'],
    ['{"a" 1}', 'json_invalid: expected a colon at line 1, column 6'],
    ['{"a":1 "b":2}', 'json_invalid: expected a comma or the end of the object at line 1, column 8'],
    ['{\n  "a": +1\n}', 'json_invalid: expected a value at line 2, column 8'],
    ['01', 'json_invalid: the document ends here, but more follows at line 1, column 2'],
    ['-', 'json_invalid: expected a digit at line 1, column 2'],
    ['1.', 'json_invalid: expected a digit at line 1, column 3'],
    ['1.e5', 'json_invalid: expected a digit at line 1, column 3'],
    ['.5', 'json_invalid: expected a value at line 1, column 1'],
    ['1e', 'json_invalid: expected a digit at line 1, column 3'],
    ['1e+', 'json_invalid: expected a digit at line 1, column 4'],
    ['"a', 'json_invalid: the string is not closed at line 1, column 3'],
    ['"a\\"', 'json_invalid: the string is not closed at line 1, column 5'],
    ['{"a', 'json_invalid: the string is not closed at line 1, column 4'],
    ['"a\nb"', 'json_invalid: control characters must be escaped in a string at line 1, column 3'],
    ['"\\n\u0001"', 'json_invalid: control characters must be escaped in a string at line 1, column 4'],
    ['"\\x41"', 'json_invalid: the string holds an escape that JSON does not know at line 1, column 2'],
    ['"\\u12"', 'json_invalid: the string holds an escape that JSON does not know at line 1, column 2'],
    ['\ufeff1', 'json_invalid: expected a value at line 1, column 1'],
    ['1\u00a0', 'json_invalid: the document ends here, but more follows at line 1, column 2'],
    ['// x\n1', 'json_invalid: expected a value at line 1, column 1'],
    ['{"a":1,"a":2}', 'json_duplicate_key: the key "a" is named twice at line 1, column 8'],
    ['{"a":1,"\\u0061":2}', 'json_duplicate_key: the key "a" is named twice at line 1, column 8'],
    [
      '{"__proto__":1,"__proto__":2}',
      'json_duplicate_key: the key "__proto__" is named twice at line 1, column 16',
    ],
    ['{"\\ud800":1,"\\ud801":2}', 'json_duplicate_key: the key "\ufffd" is named twice at line 1, column 13'],
  ];
  for (const [source, failure] of bad) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      assert.equal(failureOf(source), failure);
      assert.equal(failureOf(Buffer.from(source)), failure);
    });
  }

  it('names at most the beginning of a long key', () => {
    const key = 'k'.repeat(500);
    assert.ok(failureOf(`{"${key}":1,"${key}":2}`).length < 120);
  });

  for (const text of [
    '1.0',
    '1e3',
    '-0',
    '12345678901234567890',
    '1E400',
    '0.10',
    '1e-7',
    '100000000000000000000000',
  ]) {
    it(`keeps the text of ${text}`, () => {
      assert.equal(JSON.stringify(parseJson(`[${text}]`)), `[${text}]`);
    });
  }

  for (const text of ['0', '7', '-7', '3.25', '999999999999999', '9007199254740991', '1e+21', '1e-7']) {
    it(`makes a double of ${text}`, () => assert.equal(parseJson(text), Number(text)));
  }

  it('keeps __proto__ and constructor as keys', () => {
    const value = parseJson('{"__proto__":{"admin":true},"constructor":1}') as Record<string, JsonValue>;
    assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(value), null);
    assert.equal(value['admin'], undefined);
  });

  it('does not mistake an object with the key rawJSON for a number', () => {
    const value = parseJson('{"rawJSON":"1, \\"admin\\": true"}');
    assert.equal(JSON.isRawJSON(value), false);
    assert.equal(JSON.stringify(value), '{"rawJSON":"1, \\"admin\\": true"}');
  });

  it('reads a lone surrogate as U+FFFD, escaped or not', () => {
    assert.equal(parseJson('"\\ud800x"'), '\ufffdx');
    assert.equal(parseJson('"\ud800x"'), '\ufffdx');
  });

  const limited: [source: Uint8Array | string, limits: JsonLimits, failure: string][] = [
    ['[[]]', { maxDepth: 1 }, 'json_too_deep: arrays and objects nest too deeply at line 1, column 2'],
    ['[[]]', { maxDepth: 2 }, 'parsed'],
    ['[[],[]]', { maxDepth: 2 }, 'parsed'],
    ['{"a":{}}', { maxDepth: 1 }, 'json_too_deep: arrays and objects nest too deeply at line 1, column 6'],
    [`${'['.repeat(256)}${']'.repeat(256)}`, {}, 'parsed'],
    ['['.repeat(1_000_000), {}, 'json_too_deep: arrays and objects nest too deeply at line 1, column 257'],
    ['"\u00e9"', { maxBytes: 4 }, 'parsed'],
    ['"\u00e9"', { maxBytes: 3 }, 'json_too_large: the document has more than 3 bytes'],
    [Buffer.from('12345'), { maxBytes: 4 }, 'json_too_large: the document has more than 4 bytes'],
    ['\ufeff1', { stripBom: true }, 'parsed'],
    [Buffer.from('\ufeff1'), { stripBom: true }, 'parsed'],
    [Buffer.from('\ufeff1'), {}, 'json_invalid: expected a value at line 1, column 1'],
    [Buffer.from([0x22, 0x61, 0xff, 0x22]), {}, 'json_invalid: the bytes are not UTF-8 at byte 2'],
    [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), {}, 'json_invalid: the bytes are not UTF-8 at byte 2'],
    [Buffer.from([0x22, 0xc0, 0x80, 0x22]), {}, 'json_invalid: the bytes are not UTF-8 at byte 1'],
  ];
  for (const [source, limits, failure] of limited) {
    it(`holds ${JSON.stringify(limits)} over ${String(source).slice(0, 12)}: ${failure.slice(0, 20)}`, () => {
      assert.equal(failureOf(source, limits), failure);
    });
  }

  const zeros = '0'.repeat(40_000);
  const numbers: [source: string, taken: boolean][] = [
    ['1e100000000', false],
    ['-1e100000000', false],
    ['1e-100000000', false],
    ['1E+40000', false],
    [`1e${'9'.repeat(400)}`, false],
    [`1e-${'9'.repeat(400)}`, false],
    [`1${zeros}`, false],
    [`0.${zeros}1`, false],
    ['0e100000000', false],
    ['9.9900e30102', true],
    ['9.9901e30102', false],
    ['1e30103', false],
    ['5.0050e-30104', true],
    ['5.0049e-30104', false],
    [`1${zeros}e-40000`, true],
    [`0.${zeros}1e40000`, true],
    ['1e400', true],
    ['-1e-400', true],
    ['0e0', true],
    ['0.000', true],
    ['-0', true],
  ];
  for (const [source, taken] of numbers) {
    it(`${taken ? 'takes' : 'refuses'} the number ${source.slice(0, 20)} (${source.length} characters)`, () => {
      const refusal = 'json_number_too_large: the number is too large or too small to calculate with';
      const expected = taken ? 'parsed' : `${refusal} at line 1, column 6`;
      assert.equal(failureOf(`{"n":${source}}`), expected);
    });
  }

  it('takes numbers by how large they are, however they are written', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{0,30}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: -31_000, max: 31_000 }), fc.nat(40), (whole, power, shift) => {
        // The same number three times: with zeros behind, with zeros in front, and as it is.
        const forms = [
          `${whole}e${power}`,
          `${whole}${'0'.repeat(shift)}e${power - shift}`,
          `0.${'0'.repeat(shift)}${whole}E${power + shift + whole.length}`,
        ];
        const results = new Set(forms.map((form) => failureOf(form).split(':')[0]));
        assert.equal(results.size, 1, forms.join(' '));
        const places = whole.length + power;
        if (Math.abs(places) < 30_100) assert.ok(results.has('parsed'), forms.join());
        if (Math.abs(places) > 30_104) assert.ok(results.has('json_number_too_large'), forms.join());
      }),
    );
  });

  it('starts afresh after a failure', () => {
    assert.equal(failureOf('['.repeat(300)).slice(0, 13), 'json_too_deep');
    assert.deepEqual(parseJson('[[1]]', { maxDepth: 2 }), [[1]]);
  });

  it('agrees with JSON.parse on every value that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(4), (text, indent) => {
        const value = JSON.parse(text) as unknown;
        const pretty = JSON.stringify(value, null, indent);
        assert.deepEqual(
          JSON.parse(JSON.stringify(parseJson(pretty))),
          JSON.parse(
            JSON.stringify(value)
              .toWellFormed()
              .replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, '\ufffd'),
          ),
        );
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts, but for duplicate keys', () => {
    const tokens = '{ } [ ] , : " "a" "b" \\ \\u00 - 0 1 . e + true null fals \u00e9'.split(' ');
    const fragment = fc.constantFrom(...tokens, ' ', '\n', '\t', '\u0000');
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const text = fragments.join('');
        let native = 'parsed';
        try {
          JSON.parse(text);
        } catch {
          native = 'json_invalid';
        }
        const ours = failureOf(text).split(':')[0];
        assert.ok(
          ours === native || ours === 'json_duplicate_key',
          `${JSON.stringify(text)}: ${ours}, not ${native}`,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
