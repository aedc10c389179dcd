// needs: opa
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { runOpa } from './opa-tool.ts';
import { erasePrints } from './print-erasure.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-print-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function parse(source: Uint8Array): Promise<unknown> {
  const file = join(dir, 'x.rego');
  await writeFile(file, source);
  const run = await runOpa(['parse', '--format', 'json', '--json-include', 'locations', file]);
  assert.equal(run.exitCode, 0, run.stdout.toString() + run.stderr);
  return JSON.parse(run.stdout.toString());
}

const erase = async (source: string): Promise<string> =>
  Buffer.from(await erasePrints('x.rego', Buffer.from(source), parse)).toString();

/** Rules before and after; blanks stand for each character that is gone. */
const TABLE: [name: string, before: string, after: string][] = [
  ['alone in a body', 'a if { print("x") }', 'a if { true       }'],
  ['without braces', 'a if print(input)', 'a if true        '],
  ['no arguments', 'a if { print(); 1 == 1 }', 'a if { true   ; 1 == 1 }'],
  ['in an array comprehension', 'a := [y | some y in [1]; print(y)]', 'a := [y | some y in [1]; true    ]'],
  ['in a set comprehension', 'a := {y | print(1); y := 1}', 'a := {y | true    ; y := 1}'],
  ['in an object comprehension', 'a := {y: 1 | y := "k"; print(y)}', 'a := {y: 1 | y := "k"; true    }'],
  ['in every', 'a if every x in [1] { print(x); x == 1 }', 'a if every x in [1] { true    ; x == 1 }'],
  ['in else', 'a if false\nelse := 2 if { print(1) }', 'a if false\nelse := 2 if { true     }'],
  ['in a function', 'f(x) := y if { print(x); y := x }', 'f(x) := y if { true    ; y := x }'],
  ['in a partial set', 'a contains x if { x := 1; print(x) }', 'a contains x if { x := 1; true     }'],
  [
    'over several lines',
    'a if {\n\tprint(\n\t\t"a", # why\n\t\t1,\n\t)\n\t1 == 1\n}',
    'a if {\n\ttrue  \n            \n    \n  \n\t1 == 1\n}',
  ],
  ['over two lines with CRLF', 'a if {\r\n\tprint(1,\r\n 2)\r\n}', 'a if {\r\n\ttrue    \r\n   \r\n}'],
  ['a raw string with a line end', 'a if { print(`é\né`); true }', 'a if { true    \n   ; true }'],
  [
    'after characters beyond ASCII',
    'a if { "ü𐍈" == "ü𐍈"; print("ü𐍈", 1); true }',
    'a if { "ü𐍈" == "ü𐍈"; true          ; true }',
  ],
  [
    'two in a line, the first beyond ASCII',
    'a if { print("𐍈"); print("𐍈") }',
    'a if { true      ; true       }',
  ],
  [
    'inside the arguments of another',
    'a if { print("𐍈", [y | y := 1; print("𐍈")]); true }',
    `a if { true${' '.repeat(32)}; true }`,
  ],
  ['negated', 'a if { not print("x"); true }', 'a if {     true      ; true }'],
  [
    'with a replaced document',
    'a if { print("x") with input as 1; true }',
    'a if { true                      ; true }',
  ],
  [
    'strings and comments stay',
    '# print(1)\na := "print(1)"\nb := `\nprint(2)`',
    '# print(1)\na := "print(1)"\nb := `\nprint(2)`',
  ],
  [
    'names that only begin so stay',
    'print_x := 1\na if { sprintf("%d", [1]) == "1" }',
    'print_x := 1\na if { sprintf("%d", [1]) == "1" }',
  ],
];

test('print expressions become true, everything else keeps its row and column', async () => {
  for (const [name, source, expected] of TABLE) {
    assert.equal(await erase(`package x\n\n${source}\n`), `package x\n\n${expected}\n`, name);
  }
});

test('a byte order mark does not shift what is erased', async () => {
  assert.equal(
    await erase('\ufeffpackage x\na if { print(1); true }\n'),
    '\ufeffpackage x\na if { true    ; true }\n',
  );
});

test('a rule or import named print is refused, because its calls are not the builtin’s', async () => {
  for (const source of ['print(x) := x', 'print := 1', 'import data.y.print', 'import data.y as print']) {
    await assert.rejects(
      erase(`package x\n${source}\na if { print(1) }\n`),
      /named print hides the builtin/,
      source,
    );
  }
});

test('a print that is still there after erasing fails the build', async () => {
  const location = { row: 2, col: 8, text: Buffer.from('print(1)').toString('base64') };
  const operator = { type: 'ref', location, value: [{ type: 'var', value: 'print' }] };
  const ast = { rules: [{ body: [{ location, terms: [operator] }] }] };
  const source = Buffer.from('package x\na if { print(1) }');
  await assert.rejects(
    erasePrints('x.rego', source, () => Promise.resolve(ast)),
    (error) => error instanceof PortcullisError && /could not be taken out/.test(error.message),
  );
});

test('a source that does not hold the call where the parser says fails the build', async () => {
  const location = { row: 2, col: 9, text: Buffer.from('print(1)').toString('base64') };
  const operator = { type: 'ref', location, value: [{ type: 'var', value: 'print' }] };
  const ast = { rules: [{ body: [{ location, terms: [operator] }] }] };
  await assert.rejects(
    erasePrints('x.rego', Buffer.from('package x\na if { print(1) }'), () => Promise.resolve(ast)),
    /x\.rego:2:9: the print call is not where/,
  );
});
