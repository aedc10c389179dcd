import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { templateBuiltins } from './render-template.ts';

const render = (template: string, variables: Record<string, RegoValue>): RegoValue | undefined =>
  templateBuiltins[0]!.call(undefined as never, template, new Map(Object.entries(variables)));

test('templates', () => {
  const table: readonly (readonly [template: string, variables: Record<string, RegoValue>, text: string])[] =
    [
      ['{{.test}}', { test: 'hello world' }, 'hello world'],
      ['{{.test}}', { test: 2023 }, '2023'],
      [
        '{{range $i, $name := .names}}{{if $i}},{{end}}hello {{$name}}{{end}}',
        { names: ['rohan', 'john doe'] },
        'hello rohan,hello john doe',
      ],
      ['test {{.foo}} {{.baz}}', { baz: 1 }, 'test <undefined> 1'],
      ['{{define "a"}}[{{.}}]{{end}}{{template "a" .x}}', { x: true }, '[true]'],
      ['{{.__proto__}}', {}, '<undefined>'],
    ];
  for (const [template, variables, text] of table) {
    assert.equal(render(template, variables), text, template);
    assert.equal(render(template, variables), text, `${template}, parsed before`);
  }
});

test('what Go refuses is undefined, what only Portcullis refuses halts', () => {
  const table: readonly (readonly [template: string, halt: boolean])[] = [
    ['{{', false],
    ['{{nope}}', false],
    ['{{.s.x}}', false],
    ['{{range .set}}{{end}}', false],
    ['{{"\\xff"}}', true],
    ['{{1_000}}', true],
    ['{{1+2i}}', true],
    ['{{range 1000000000}}{{end}}', true],
    ['{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', true],
    [`${'{{if 1}}'.repeat(300)}${'{{end}}'.repeat(300)}`, true],
    [`{{${'('.repeat(300)}1${')'.repeat(300)}}}`, true],
  ];
  for (const [template, halt] of table) {
    assert.throws(
      () => render(template, { s: 'a', set: template.includes('.set') ? new Set<RegoValue>([1]) : 1 }),
      (error) => error instanceof BuiltinError && error.halt === halt,
      template.slice(0, 40),
    );
  }
});
