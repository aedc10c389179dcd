// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { generated, oneOf, rowOf, scalar, someNumber, text } from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** Text builtins that OPA's modules implement themselves, for the plan evaluator, against the real OPA. */

const word = rowOf(oneOf('a b ab A . é \u{1f600} | - \u0000'), 6);
const short = rowOf(oneOf('a b ab A . é \u{1f600} | - \u0000'), 2);
const operand = fc.oneof({ arbitrary: word, weight: 9 }, { arbitrary: scalar, weight: 1 });
const shortOperand = fc.oneof({ arbitrary: short, weight: 9 }, { arbitrary: scalar, weight: 1 });

test('the case of every character', async () => {
  const every = Array.from({ length: 0x11_0000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code));
  // Whole blocks at a time: OPA answers for the characters that JavaScript gives another case, too, and those beside them.
  const blocks = Map.groupBy(every, (rune) => rune.codePointAt(0)! >> 8);
  const rows = Array.from(blocks.values(), (runes) => runes.join(''))
    .filter((block) => block.toLowerCase() !== block || block.toUpperCase() !== block)
    .map((block) => [block]);
  await agree('lower', rows);
  await agree('upper', rows);
  await agree('lower', generated(fc.tuple(rowOf(oneOf('Σ ΑΣ ς İ I ı ß ẞ ŉ ǅ ﬁ a B'), 5)), 300));
  await agree('upper', generated(fc.tuple(fc.oneof(operand, text)), 300));
});

test('searching, cutting and joining', async () => {
  for (const name of ['contains', 'startswith', 'endswith', 'indexof', 'split']) {
    await agree(name, generated(fc.tuple(operand, shortOperand), 1_500));
  }
  for (const name of ['trim', 'trim_left', 'trim_right', 'trim_prefix', 'trim_suffix']) {
    await agree(name, generated(fc.tuple(operand, shortOperand), 1_000));
  }
  const spaces = rowOf(
    oneOf(
      '\t|\n|\v|\f|\r| |\u0085|\u00a0|\u1680|\u180e|\u2000|\u200a|\u200b|\u2028|\u2029|\u202f|\u205f|\u2060|\u3000|\ufeff|\u001c|a',
      '|',
    ),
    6,
  );
  await agree('trim_space', generated(fc.tuple(fc.oneof(spaces, operand)), 1_500));
  await agree('strings.reverse', generated(fc.tuple(operand), 500));
  const place = fc.oneof(fc.integer({ min: -2, max: 9 }), someNumber);
  await agree('substring', generated(fc.tuple(operand, place, place), 3_000));
  const list = fc.oneof(fc.array(word, { maxLength: 4 }), fc.array(operand, { maxLength: 3 }), scalar);
  await agree('concat', generated(fc.tuple(shortOperand, list), 1_500));
});
