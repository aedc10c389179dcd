import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { withoutSurrogateEscapes } from './surrogate-escapes.ts';

/** JSON text before and after. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['{"a":1}', '{"a":1}'],
  ['"\\n\\u00fc\\\\"', '"\\n\\u00fc\\\\"'],
  ['"\\ud840\\udc00"', '"𠀀"'],
  ['"\\uD83D\\uDE00x"', '"😀x"'],
  ['"\\ud800"', '"\ufffd"'],
  ['"\\udc00\\ud800"', '"\ufffd\ufffd"'],
  ['"\\ud800\\u0041"', '"\ufffd\\u0041"'],
  ['"\\ud800\\ud840\\udc00"', '"\ufffd𠀀"'],
  ['"\\\\ud840\\\\udc00"', '"\\\\ud840\\\\udc00"'],
  ['"\\\\\\ud840\\udc00"', '"\\\\𠀀"'],
  ['"ü\\"\\ud840\\udc00"', '"ü\\"𠀀"'],
];

test('escaped surrogates become the characters they stand for', () => {
  for (const [before, after] of TEXTS) {
    assert.equal(Buffer.from(withoutSurrogateEscapes(Buffer.from(before))).toString(), after, before);
  }
});

test('text without such escapes is given back as it is', () => {
  const json = Buffer.from('{"path":"C:\\\\users","u":"\\u00fc"}');
  assert.equal(withoutSurrogateEscapes(json), json);
});

test('the meaning stays, but for lone surrogates', () => {
  const escapeAll = (text: string): string =>
    Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join('');
  const halves = fc.integer({ min: 0xd7f0, max: 0xe00f }).map((unit) => String.fromCharCode(unit));
  const text = fc.array(fc.oneof(halves, fc.constantFrom('\\', '"', 'u', 'ü', '😀')), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      const json = Buffer.from(`"${escapeAll(parts.join(''))}"`);
      const after = Buffer.from(withoutSurrogateEscapes(json)).toString();
      assert.equal(JSON.parse(after), parts.join('').toWellFormed());
      assert.doesNotMatch(after, /\\u[dD][89a-fA-F]/);
    }),
  );
});
