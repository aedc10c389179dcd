/**
 * Every builtin, given parts of the input and looked at in several ways: what a footprint says of its arguments must not depend on
 * how much of its result is used.
 */
import { compilePolicies } from '../../src/authoring/compile-policies.ts';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import { type Bench, createBench } from './footprint-bench.ts';
import { trapValue } from './footprint-trap-inputs.ts';
import type { Choices } from './rego-choices.ts';

interface Declared {
  readonly type: string;
  readonly of?: readonly Declared[] | Declared;
  readonly dynamic?: unknown;
}

interface DeclaredBuiltin {
  readonly name: string;
  readonly decl: { readonly args?: readonly Declared[]; readonly result?: Declared };
  readonly relation?: boolean;
  readonly deprecated?: boolean;
}

/** Of one builtin: a package with a rule for each way of looking at its result. */
export interface BuiltinPolicy {
  readonly builtin: string;
  readonly entrypoints: readonly string[];
  readonly input: (choices: Choices) => JsonValue;
}

/** Not offered, without a result, only written by the compiler, or of the network or of chance, whose entrypoints get the whole input. */
const LEFT_OUT =
  /^(?:assign|eq|print|internal\.|rego\.|http\.send|net\.lookup|opa\.runtime|trace|cast_|walk$|rand\.|uuid\.rfc4122$|any$|all$|re_match$|net.cidr_overlap$|set_diff$|io\.jwt\.encode_sign)/;

/** What is made of the result `r`. */
const LOOKS: readonly string[] = [
  'whole(r) := r',
  'there(_) := 1',
  'member(r) := r.x',
  'element(r) := r[0]',
  'kind(r) := type_name(r)',
  'size(r) := count(r)',
  'like(r) if r == input.b',
  'each(r) := {v.x | some v in r}',
  'keys(r) := {k | some k, _ in r}',
  'found(r) if r[input.k]',
];

const PARTS = ['input.a', 'input.b', 'input.c', 'input.d', 'input.e'];

/** Compiled some at a time; to be closed by the caller. */
export async function* builtinBenches(): AsyncGenerator<{
  bench: Bench;
  policies: readonly BuiltinPolicy[];
}> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  const { builtins } = JSON.parse(stdout.toString('utf8')) as { builtins: readonly DeclaredBuiltin[] };
  const asked = builtins.filter(({ name, deprecated }) => !LEFT_OUT.test(name) && deprecated !== true);
  for (let from = 0; from < asked.length; from += 50) {
    const some = asked.slice(from, from + 50).map((each, i) => policyOf(each, `b${from + i}`));
    const rego = some.map(({ name, text }) => ({
      path: `${name}.rego`,
      file: `${name}.rego`,
      bytes: Buffer.from(text),
    }));
    const sources = { rego, tests: [], data: [], vectors: [], manifest: undefined };
    const entrypoints = some.flatMap(({ policy }) => policy.entrypoints);
    const { module, plan } = await compilePolicies(sources, entrypoints);
    const bench = await createBench({ plan, wasm: module, dataText: '{}', entrypoints });
    yield { bench, policies: some.map(({ policy }) => policy) };
  }
}

/** Inputs hold no sets. */
function given({ type, of }: Declared, part: string): string {
  if (type !== 'set') return part;
  const nested = !Array.isArray(of) && (of as Declared | undefined)?.type === 'set';
  return nested ? `{{y | some y in x} | some x in ${part}}` : `{x | some x in ${part}}`;
}

function policyOf(
  { name: builtin, decl }: DeclaredBuiltin,
  name: string,
): { readonly name: string; readonly text: string; readonly policy: BuiltinPolicy } {
  const args = decl.args ?? [];
  const looks = LOOKS.map((look) => look.slice(0, look.indexOf('(')));
  const call = `${builtin}(${args.map((arg, i) => given(arg, PARTS[i]!)).join(', ')})`;
  const rules = looks.map((look) => `${look}_answer := f if {\n  f := ${look}(given)\n}`);
  // The second clause makes it a value of which the compiler knows no type: it may be looked at in every way.
  const rule = `given := ${call} if input.yes\n\ngiven := input.other if not input.yes`;
  return {
    name,
    text: [`package ${name}`, rule, ...LOOKS, ...rules].join('\n\n'),
    policy: {
      builtin,
      entrypoints: looks.map((look) => `${name}/${look}_answer`),
      input: (choices) => {
        const input = Object.create(null) as JsonObject;
        for (const [i, arg] of args.entries()) {
          input['abcde'[i]!] = choices.chance(0.85) ? valueOf(choices, arg) : trapValue(choices, 2);
        }
        if (builtin.startsWith('time.') && choices.chance(0.4)) input['a'] = MOMENT;
        input['k'] = choices.one(['x', 0, 1, 'a']);
        input['yes'] = choices.chance(0.95);
        input['other'] = trapValue(choices, 1);
        if (choices.chance(0.05)) delete input[choices.one(Object.keys(input))];
        return input;
      },
    },
  };
}

const TEXTS: readonly string[] = [
  'a¦x¦¦a/b¦ab¦A¦*¦a*¦^a¦{"x": 1}¦[{"x": 1}, 2]¦x: 1¦YWI=¦6162¦[a-b]¦1¦-7¦10MB¦1.5k¦1.2.3¦2.0.0-rc.1¦10.0.0.0/8',
  '10.1.2.3¦::1¦http://h.example/p?x=1#f¦2026-11-22T09:00:00Z¦1h30m¦{ x }¦type Query { x: Int }¦%v-%v¦{{.x}}¦x=1&y=2¦UTC',
  'eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.AAAA¦f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
].flatMap((line) => line.split('¦'));

const NUMBERS: readonly JsonValue[] = [0, 1, 2, 3, -1, 10, JSON.rawJSON('1.0'), JSON.rawJSON('2.50')];

/** 2026-11-22, in nanoseconds. */
const MOMENT = JSON.rawJSON('1795338000000000000');

/** Of the declared type, as far as JSON has one: sets are arrays, or what comes of them. */
function valueOf(choices: Choices, { type, of, dynamic }: Declared): JsonValue {
  const list = (): JsonValue[] => {
    const inner =
      (dynamic as Declared | undefined) ?? (Array.isArray(of) ? undefined : (of as Declared | undefined));
    return Array.from({ length: choices.between(0, 3) }, () =>
      inner === undefined || inner.type === 'any' ? trapValue(choices, 2) : valueOf(choices, inner),
    );
  };
  switch (type) {
    case 'string':
      return choices.one(TEXTS);
    case 'number':
      return choices.one(NUMBERS);
    case 'boolean':
      return choices.chance(0.5);
    case 'array':
    case 'set':
      return list();
    case 'object': {
      const made = Object.create(null) as JsonObject;
      for (const key of ['x', 'y', 'a', '0']) if (choices.chance(0.6)) made[key] = trapValue(choices, 2);
      return made;
    }
    case 'any':
      return Array.isArray(of) && of.length > 0
        ? valueOf(choices, choices.one(of as readonly Declared[]))
        : trapValue(choices, 2);
    default:
      return null;
  }
}
