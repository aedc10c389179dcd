// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, objectOf, oneOf, rowOf, scalar } from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** `strings.render_template` against the real OPA, as in builtins-opa-eval.test.ts. */

const DATA: RegoValue = new Map<RegoValue, RegoValue>([
  ['s', 'a<b>&"\'=é\u{1f600}\u2028'],
  ['n', 3],
  ['f', number('1.50')],
  ['t', true],
  ['z', null],
  ['e', ''],
  ['l', ['x', 2, null, ['y'], new Map([['k', 'v']])]],
  [
    'm',
    new Map<RegoValue, RegoValue>([
      ['b', 1],
      ['a', new Map([['c', 'deep']])],
      ['z', null],
    ]),
  ],
  ['empty', []],
]);

/** One row each: what was once wrong, and each feature at least once. */
const TEMPLATES = `
{{.s}} {{.n}} {{.f}} {{.t}} {{.z}} {{.none}} {{.l}} {{.m}} {{.}}
{{.m.a.c}} {{.m.a.none}} {{.none.none}}
{{.z.x}}
{{.s.x}}
{{.l.x}}
{{$x := .z}}{{$x.a}}
{{range .l}}[{{.}}]{{end}}
{{range .l}}{{.a}}{{end}}
{{range $i, $x := .l}}{{$i}}={{$x}};{{end}}
{{range $k, $v := .m}}{{$k}}={{$v}};{{else}}none{{end}}
{{range .empty}}x{{else}}none{{end}}{{range .none}}x{{else}}none{{end}}
{{range 3}}{{.}}{{end}}{{range $i := 2}}{{$i}}{{end}}
{{range $i, $x := 2}}{{$i}}{{end}}
{{range .n}}{{end}}
{{range .s}}{{end}}
{{range $i, $x := .l}}{{if eq $i 1}}{{continue}}{{end}}{{if gt $i 2}}{{break}}{{end}}{{$i}}{{end}}
{{break}}
{{with .m}}{{.b}}{{else}}no{{end}}{{with .none}}yes{{else with .n}}{{.}}{{else}}no{{end}}
{{if .e}}a{{else if .z}}b{{else if .t}}c{{else}}d{{end}}
{{if}}{{end}}
{{if .t}}
{{end}}
{{else}}
{{$x := 1}}{{if .t}}{{$x = 2}}{{end}}{{$x}}
{{$x := 1}}{{if .t}}{{$x := 2}}{{$x}}{{end}}{{$x}}
{{if .t}}{{$x := 2}}{{end}}{{$x}}
{{$x = 1}}
{{$.n}}{{range .l}}{{$.n}}{{end}}
{{define "a"}}[{{.}}{{$}}]{{end}}{{template "a" .n}}{{template "a"}}
{{define "a"}}{{$x}}{{end}}{{$x := 1}}{{template "a"}}
{{define "a"}}1{{end}}{{define "a"}}2{{end}}
{{define "a"}}1{{end}}{{define "a"}} {{end}}{{template "a"}}
{{define "template"}}inner{{end}}
{{define "template"}}inner{{end}}x
{{block "b" .m}}{{.b}}{{end}}
{{template "none"}}
{{/* comment */}}a {{- /* trimmed */ -}} b
{{/* open }}
  {{- .n -}}  x {{- " y " -}} z
{{-3}}{{- 3}}
{{3 -}}  x
{{"a\\tb\\x41\\u00e9\\101"}}{{\`raw\\n\`}}{{'a'}}
{{"a\\'"}}
{{"a
{{0x1F}} {{010}} {{0b11}} {{0o17}} {{1e3}} {{1.50}} {{.5}} {{-7}} {{+7}}
{{08}}
{{9223372036854775808}}
{{1a}}
{{nil}}
{{true}} {{false}} {{not true}} {{not .none}}
{{and .t .n}} {{and .e .n}} {{or .e .n}} {{or .e .z}} {{and}}
{{and .t}} {{or .e}} {{.t | and .n}} {{.n | or .e}}
{{and false .n.x}} {{or true .n.x}}
{{len .s}} {{len .l}} {{len .m}} {{len "é"}}
{{len .z}}
{{len .n}}
{{len 3}}
{{index .l 0}} {{index .l 3 0}} {{index .m "a" "c"}} {{index .m "none"}} {{index .s 0}}
{{index .l 5}}
{{index .l .n}}
{{index .l "0"}}
{{index .m .n}}
{{index .z 0}}
{{index .l}} {{index .n}}
{{slice .s 1 3}} {{slice .l 1 2}} {{slice .l}} {{slice "abc" 1}}
{{slice .s 3 1}}
{{slice .n 0 1}}
{{slice .t}}
{{call .n}}
{{print 1 2 "a" "b" .n nil true 1.5}}{{println 1 "a" .n}}{{print}}
{{printf "%d %s %v %q %5.2f|%T %T" 1 .s .l .n 1.5 .n .none}}
{{printf .s}} {{printf .n}}
{{printf}}
{{"%d" | printf}} {{1 | printf "%03d"}} {{printf "%d" .n}}
{{html .s}} {{js .s}} {{urlquery .s}} {{html .l}} {{html .none .z 1 2}} {{js .n}}
{{eq .n "3"}} {{eq .s .s}} {{eq 1 1}} {{eq 1 2 1}} {{eq .z nil}} {{eq .none .z}} {{eq .n .none}} {{ne .n "4"}}
{{eq .n 3}}
{{eq 1}}
{{eq .l .l}}
{{eq .m .none}}
{{lt 1 2}} {{le 2 2}} {{gt "b" "a"}} {{ge 1.5 1.5}} {{lt .n "4"}}
{{lt 1 1.5}}
{{lt true false}}
{{lt .none 1}}
{{(index .l 4).k}} {{(.m.a).c}} {{(print "a") | len}}
{{(1).x}}
{{1.x}}
{{.n .n}}
{{.none .n}}
{{.none.none 1}}
{{1 | .n}}
{{1 | .none.none}}
{{.n | 1}}
{{.n | .}}
{{.n | $}}
{{(.n) 1}}
{{nope}}
{{.x$y}}
{{.n,}}
{{$}}
{{ }}
{{}}
{{.n}
{{.n | }}
{{| .n}}
{{(.n}}
{{.n)}}
{{()}}
{{end}}
{{$x, $y := .m}}
{{range $x, $y, $z := .m}}{{end}}
{{range $x, := .m}}{{end}}
{{range $x, 1 := .m}}{{end}}
{{range $k = .m}}{{end}}
{{$a := 0}}{{$b := 0}}{{range $a, $b = .l}}{{end}}{{$a}}{{$b}}
{{$a := 0}}{{range $a = .l}}{{end}}{{$a}}
{{with $x := .n}}{{$x}}{{end}}
{{with $x := .n}}{{end}}{{$x}}
{{.é}} {{._a1}}
{{if .n}}a{{end}}}}{{"}}"}}
{{define "r"}}{{.}}{{end}}{{range .l}}{{template "r" .}}{{end}}
{{if .n}}{{define "x"}}{{end}}{{end}}
{{break 1}}
{{range .l}}{{template "q"}}{{end}}{{define "q"}}{{break}}{{end}}
{{else if .n}}
{{range .l}}{{else if .n}}{{end}}
{{if .n}}{{else with .n}}{{end}}
<no value>
`;

test('templates', () =>
  agree('strings.render_template', [
    ['', DATA],
    ['a{{.x}}\n{{- .x}}\n', new Map<RegoValue, RegoValue>([['x', '\u0001']])],
    ['{{.x}}', new Map<RegoValue, RegoValue>([['x', '\u00ad\u2028\ufeff']])],
    ...TEMPLATES.trim()
      .split('\n')
      .map((template) => [template, DATA]),
  ]));

test('generated templates', () => {
  const operand = oneOf(
    '.|$|.s|.n|.l|.m|.m.a|.z|.none|.t|.e|1|"a"|1.5|nil|true|$x|$i|(.n)|(len .l)|(index .l 1)',
    '|',
  );
  const name = oneOf(
    'len|index|slice|print|printf "%v %d"|html|js|urlquery|eq|ne|lt|le|gt|ge|and|or|not|.n|.m|',
    '|',
  );
  const command = fc
    .tuple(name, fc.array(operand, { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest].join(' '));
  const pipe = fc.array(command, { minLength: 1, maxLength: 2 }).map((commands) => commands.join(' | '));
  const piece = fc.oneof(
    fc
      .tuple(
        oneOf('{{|{{- |{{$x := |{{$x = |{{if |{{with |{{range |{{range $i, $x := |{{else if ', '|'),
        pipe,
        oneOf('}}|}}| -}}', '|'),
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(oneOf('{{|{{if |{{with |{{range ', '|'), operand, fc.constant('}}'))
      .map((parts) => parts.join('')),
    oneOf('{{end}}|{{end}}|{{else}}|{{break}}|{{continue}}| |a', '|'),
  );
  const template = rowOf(piece, 7).map((text) => `{{$x := 1}}{{$i := 0}}${text}`);
  const closed = fc.tuple(template, oneOf('|{{end}}|{{end}}{{end}}', '|')).map((parts) => parts.join(''));
  return agree('strings.render_template', [
    ...generated(fc.tuple(closed, fc.constant(DATA)), 3_000),
    ...generated(fc.tuple(oneOf('{{.}} {{print .}} {{html .}}|{{js .}}', '|'), objectOf(scalar)), 1_000),
  ]);
});
