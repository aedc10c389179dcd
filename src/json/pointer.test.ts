import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { parseJson } from './parse.ts';
import { getPointer, maskPointers, parsePointer } from './pointer.ts';

const document = parseJson(
  '{"input":{"user":{"email":"e","a/b":1,"m~n":2,"__proto__":3},"list":[{"x":1},{"x":2}],"n":1.0}}',
);

describe('JSON pointers', () => {
  const parsed: [text: string, segments: string[]][] = [
    ['', []],
    ['/', ['']],
    ['/a/b', ['a', 'b']],
    ['/a~1b/m~0n/~01', ['a/b', 'm~n', '~1']],
  ];
  for (const [text, segments] of parsed) {
    it(`takes ${JSON.stringify(text)} apart`, () => assert.deepEqual(parsePointer(text), segments));
  }

  for (const text of ['a', 'input/a', '/a~', '/~2']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parsePointer(text),
        (error) => error instanceof PortcullisError && error.code === 'config_invalid',
      );
    });
  }

  const got: [pointer: string, text: string | undefined][] = [
    ['/input/user/email', '"e"'],
    ['/input/user/a~1b', '1'],
    ['/input/user/__proto__', '3'],
    ['/input/list/1/x', '2'],
    ['/input/n', '1.0'],
    ['/input/list/01', undefined],
    ['/input/list/-', undefined],
    ['/input/list/length', undefined],
    ['/input/n/rawJSON', undefined],
    ['/input/user/email/0', undefined],
    ['/nothing/here', undefined],
    ['/toString', undefined],
  ];
  for (const [pointer, text] of got) {
    it(`finds ${text} at ${pointer}`, () => {
      assert.equal(JSON.stringify(getPointer(document, parsePointer(pointer))), text);
    });
  }

  const masked: [pointers: string[], replacement: string | undefined, expected: string][] = [
    [[], 'x', '{"user":{"email":"e","a/b":1,"m~n":2,"__proto__":3},"list":[{"x":1},{"x":2}],"n":1.0}'],
    [['/input/user'], 'x', '{"user":"x","list":[{"x":1},{"x":2}],"n":1.0}'],
    [['/input/user'], undefined, '{"list":[{"x":1},{"x":2}],"n":1.0}'],
    [
      ['/input/user', '/input/user/email', '/input/list/0/x', '/input/list/1/x'],
      'x',
      '{"user":"x","list":[{"x":"x"},{"x":"x"}],"n":1.0}',
    ],
    [
      ['/input/list/0', '/input/list/7', '/input/none/x'],
      undefined,
      '{"user":{"email":"e","a/b":1,"m~n":2,"__proto__":3},"list":[null,{"x":2}],"n":1.0}',
    ],
  ];
  for (const [pointers, replacement, expected] of masked) {
    it(`masks ${pointers.join(' ')} with ${replacement}`, () => {
      const before = JSON.stringify(document);
      const result = maskPointers(document, pointers.map(parsePointer), replacement);
      assert.equal(JSON.stringify(getPointer(result, ['input'])), expected);
      assert.equal(JSON.stringify(document), before);
    });
  }

  it('masks the whole document', () => assert.equal(maskPointers(document, [[]], undefined), null));

  it('shares what no pointer leads to', () => {
    const result = maskPointers(document, [parsePointer('/input/user/email')], 'x');
    assert.equal(getPointer(result, ['input', 'list']), getPointer(document, ['input', 'list']));
  });
});
