/** Rules that would run for seconds to years, each by other means: what a policy that is asked the wrong question may do. */
import type { RegoSources } from './rego-module.ts';

/** A rule of package `endless`, and the input that makes it long. Without a given input there is none. */
interface EndlessRule {
  readonly rule: string;
  readonly rego: string;
  readonly input?: unknown;
}

const big = 'numbers.range(1, 100000)';

export const ENDLESS: readonly EndlessRule[] = [
  {
    rule: 'quadratic',
    rego: `quadratic := count([1 | x := ${big}[_]; y := ${big}[_]; x == y + 100000])`,
  },
  {
    rule: 'cubic',
    rego: 'cubic if { n := numbers.range(1, 3000); n[i] + n[j] + n[k] == -1 }',
  },
  {
    rule: 'fan_out',
    rego: [
      ...Array.from({ length: 40 }, (_, i) => `f${i}(x) := f${i + 1}(x + 1) + f${i + 1}(x + 2)`),
      'f40(x) := x',
      'fan_out := f0(0)',
    ].join('\n'),
  },
  { rule: 'long_range', rego: 'long_range := count(numbers.range(1, 1000000000))' },
  {
    rule: 'deep_walk',
    rego: 'deep_walk := count([1 | walk(input, [p, _]); walk(input, [q, _]); p == array.concat(q, ["no"])])',
    input: Array.from({ length: 3000 }, () => ({ a: [1, { b: 2 }] })),
  },
  {
    rule: 'regexes',
    rego: 'regexes := count([1 | i := numbers.range(1, 1000000)[_]; regex.match(sprintf("(a|b|ab)*c{%d}$", [i % 7]), input)])',
    input: 'ab'.repeat(5000),
  },
  {
    rule: 'all_matches',
    rego: 'all_matches := count([1 | _ = numbers.range(1, 1000000)[_]; count(regex.find_all_string_submatch_n("(a*)(b*)", input, -1)) == 0])',
    input: 'aabb'.repeat(2000),
  },
  {
    rule: 'prints',
    rego: `prints := count([t | x := ${big}[_]; y := ${big}[_]; t := sprintf("%d %s", [x, y]); t == "no"])`,
  },
  {
    rule: 'unions',
    rego: `unions := object.union_n([{format_int(x, 10): {"a": x}} | x := ${big}[_]])`,
  },
  {
    rule: 'sorts',
    rego: 'sorts := [s | i := numbers.range(1, 10000)[_]; s := sort(array.concat(input, [i])); s[0] == "no"]',
    input: Array.from({ length: 3000 }, (_, i) => (i * 7919) % 3001),
  },
  {
    rule: 'concats',
    rego: 'concats := count([1 | i := numbers.range(1, 1000000)[_]; concat(format_int(i, 10), [input, input, input]) == "no"])',
    input: 'x'.repeat(500_000),
  },
  {
    rule: 'reachable',
    rego: 'reachable := count([1 | i := numbers.range(1, 1000000)[_]; count(graph.reachable(input, {format_int(i, 10), "0"})) == -1])',
    input: Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`${i}`, [`${i + 1}`, `${(i * 7) % 3000}`]]),
    ),
  },
  {
    rule: 'parses',
    rego: 'parses := count([1 | i := numbers.range(1, 1000000)[_]; json.unmarshal(input) == i])',
    input: JSON.stringify(Array.from({ length: 30_000 }, (_, i) => ({ id: i }))),
  },
  {
    rule: 'globs',
    rego: 'globs := count([1 | i := numbers.range(1, 1000000)[_]; glob.match(concat("", ["*", format_int(i % 9, 10), "**{a,b}*[!c]"]), [], input)])',
    input: 'ab.'.repeat(3000),
  },
  {
    rule: 'replaces',
    rego: 'replaces := count([1 | _ = numbers.range(1, 1000000)[_]; strings.replace_n({"a": "bb", "b": "aa"}, input) == ""])',
    input: 'ab'.repeat(50_000),
  },
  {
    rule: 'splits',
    rego: 'splits := count([1 | i := numbers.range(1, 1000000)[_]; count(split(input, "a")) == i * -1])',
    input: 'ab'.repeat(50_000),
  },
  {
    rule: 'searches',
    rego: 'searches := count([1 | _ = numbers.range(1, 1000000)[_]; contains(input, concat("", [input, "b"]))])',
    input: 'a'.repeat(200_000),
  },
  {
    rule: 'sets',
    rego: `sets := count({[x, y] | x := ${big}[_]; y := ${big}[_]})`,
  },
  {
    rule: 'digits',
    rego: 'digits := count([1 | i := numbers.range(1, 10000000)[_]; (i * 1e30) / 7 == 0.5])',
  },
  {
    rule: 'case',
    rego: 'case := count([1 | i := numbers.range(1, 10000000)[_]; upper(lower(input)) == format_int(i, 10)])',
    input: 'aB'.repeat(100_000),
  },
  {
    rule: 'base',
    rego: 'base := count([1 | i := numbers.range(1, 10000000)[_]; base64.decode(base64.encode(input)) == format_int(i, 10)])',
    input: 'aB'.repeat(100_000),
  },
];

export const ENDLESS_SOURCES: RegoSources = {
  rego: `package endless
allowed if input.role in data.roles
${ENDLESS.map(({ rego }) => rego).join('\n')}
`,
  entrypoints: ['allowed', ...ENDLESS.map(({ rule }) => rule)].map((rule) => `endless/${rule}`),
};
