// needs: opa
/** Where OPA's modules answer otherwise than OPA: that the list is right, and that it names every builtin it should. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { regoText } from '../src/policy/builtins/rego-text.ts';
import { decodeRego } from '../src/policy/codec.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { type Answer, ModuleAnswers } from './support/module-answers.ts';
import { MODULE_DIFFERENCES, type ModuleDifference } from './support/module-differences.ts';

const arities = new Map(
  MODULE_DIFFERENCES.map(({ builtin, operands }) => [builtin, operandsOf(operands).length]),
);
const sides = new ModuleAnswers(arities);

for (const [builtin, differences] of Map.groupBy(MODULE_DIFFERENCES, (one) => one.builtin)) {
  test(`${builtin}: the module and OPA answer as listed`, async () => {
    const rows = differences.map(({ operands }) => operandsOf(operands));
    const byModule: Answer[] = [];
    // One at a time: a failure takes the whole evaluation with it.
    for (const row of rows) byModule.push(...(await sides.ofModule(builtin, [row])));
    const byOpa = await sides.ofOpa(builtin, rows);
    assert.deepEqual(
      differences.map(({ operands }, i) => ({ operands, opa: shown(byOpa[i]), module: shown(byModule[i]) })),
      differences.map(({ operands, opa, module }) => ({ operands, opa, module })),
    );
  });
}

test('the page lists them', async () => {
  const page = await readFile(new URL('../docs/module-differences.md', import.meta.url), 'utf8');
  // The columns of the page's tables are aligned.
  const lines = new Set(page.split('\n').map((line) => line.replace(/ +\|/g, ' |')));
  const missing = MODULE_DIFFERENCES.map(lineOf).filter((line) => !lines.has(line));
  assert.deepEqual(missing, []);
});

function operandsOf(text: string): RegoValue[] {
  return decodeRego(text) as RegoValue[];
}

function shown(answer: Answer | undefined): string | undefined {
  if (typeof answer === 'string') return 'fails';
  const value = answer?.[0];
  return value === undefined ? undefined : regoText(value);
}

/** A row of the page's table. */
function lineOf({ builtin, operands, opa, module, why }: ModuleDifference): string {
  const cell = (text: string | undefined): string => (text === undefined ? 'undefined' : `\`${text}\``);
  const answer = module === 'fails' ? 'fails' : cell(module);
  return `| \`${builtin}\` | \`${operands}\` | ${cell(opa)} | ${answer} | ${why} |`.replaceAll(
    '\ufffd',
    'U+FFFD',
  );
}
