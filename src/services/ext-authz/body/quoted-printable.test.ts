import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeQuotedPrintable } from './quoted-printable.ts';

// Each row is what Go's mime/quotedprintable answers; undefined where it errs.
describe('decodeQuotedPrintable', () => {
  const rows: [source: string, expected: string | undefined][] = [
    ['', ''],
    ['abc', 'abc'],
    ['=41=4a=4B', 'AJK'],
    ['=C3=A9', '\xc3\xa9'],
    ['=e', '=e'],
    ['=zz', '=zz'],
    ['a=b', 'a=b'],
    ['==41', '=A'],
    ['=', undefined],
    ['a=', 'a'],
    ['a=\n', 'a'],
    ['a=\r\nb', 'ab'],
    ['a= \t\r\nb', 'ab'],
    ['a=\r', undefined],
    ['a==', undefined],
    ['a=\tb', 'a=\tb'],
    ['a=\rb', undefined],
    ['trail  \r\nx \t\ny  ', 'trail\r\nx\ny'],
    ['a\rb\n', 'a\rb\n'],
    ['\t', ''],
    ['\0', undefined],
    ['\x0b', undefined],
    ['\x7f', undefined],
    ['\xff', '\xff'],
    [`${'x'.repeat(4095)}\n`, `${'x'.repeat(4095)}\n`],
    [`${'x'.repeat(4096)}\n`, undefined],
  ];
  for (const [source, expected] of rows) {
    it(JSON.stringify(source.slice(0, 40)), () => assert.equal(decodeQuotedPrintable(source), expected));
  }
});
