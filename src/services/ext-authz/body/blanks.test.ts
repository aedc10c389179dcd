import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimBlanks } from './blanks.ts';

test('spaces and tabs around a text go, and no others', () => {
  const table = { ' a ': 'a', '\t a b\t': 'a b', ' \t': '', '': '', a: 'a', '\u00a0a\n': '\u00a0a\n' };
  for (const [text, trimmed] of Object.entries(table)) assert.equal(trimBlanks(text), trimmed);
});
