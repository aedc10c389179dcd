// needs: opa
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { buildPlan, plannedSet } from '../../../../test/support/rego-plan.ts';
import { systemClock } from '../../../clock.ts';
import { parsePointer } from '../../../json/pointer.ts';
import { BUILTINS } from '../../builtins/registry.ts';
import { createPlanEvaluator, type PlanEvaluator } from '../plan-evaluator.ts';
import { explainEntrypoint } from './explain.ts';
import type { Explanation, ExplanationLimits, ExpressionTrace, RuleTrace } from './explanation.ts';
import { EXPLANATION_LIMITS } from './explanation.ts';
import { reasonsOf } from './reasons.ts';
import { renderExplanation } from './render.ts';
import type { HiddenPlaces } from './secrets.ts';

interface Case {
  readonly name: string;
  readonly rego: string;
  readonly input?: unknown;
  /** Lines of the rendered explanation, without places, that must be there in this order. */
  readonly shows: readonly string[];
}

const TOKEN = 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZS1pbi1jaGFpbnMifQ.c2lnbmF0dXJlLW9mLWFsaWNl';

const CASES: readonly Case[] = [
  {
    name: 'a condition that fails, with its values and the builtin that was called',
    rego: 'answer if {\n\tstartswith(input.path, "/public")\n\tinput.method == "GET"\n}',
    input: { path: '/private' },
    shows: [
      'where it failed',
      'startswith(input.path, "/public")',
      'input.path = "/private"; startswith("/private", "/public") = false',
      'data.pkg.answer is undefined',
      'x answer',
      'x startswith(input.path, "/public")',
      '. input.method == "GET"',
    ],
  },
  {
    name: 'an input that is not there',
    rego: 'answer if input.user.name == "alice"',
    shows: ['x input.user.name == "alice"', 'key = "user"; input.user.name == "alice" is undefined'],
  },
  {
    name: 'else branches: tried in order, skipped after the one that gave the value',
    rego: 'answer := 3 if {\n\tinput.n > 2\n} else := 2 if {\n\tinput.n > 1\n} else := 1',
    input: { n: 2 },
    shows: ['x answer := 3', 'x input.n > 2', '+ else := 2', '+ input.n > 1', '. else := 1'],
  },
  {
    name: 'a default, skipped where a clause held',
    rego: 'default answer := false\nanswer if input.n == 1',
    input: { n: 1 },
    shows: ['+ answer', '+ input.n == 1', '. default answer := false'],
  },
  {
    name: 'a default that gave the value',
    rego: 'default answer := false\nanswer if input.n == 1',
    input: { n: 2 },
    shows: ['x input.n == 1', 'left = 2; right = 1', '+ default answer := false'],
  },
  {
    name: 'elements that were gone through',
    rego: 'answer if {\n\tsome role in input.roles\n\trole == "admin"\n}',
    input: { roles: ['user', 'admin'] },
    shows: ['+ some role in input.roles', '+ role == "admin" (held 1 of 2 times)'],
  },
  {
    name: 'elements of which none held',
    rego: 'answer if {\n\tsome role in input.roles\n\trole == "admin"\n}',
    input: { roles: ['user', 'guest'] },
    shows: ['x role == "admin" (held 0 of 2 times)', 'element = "user"', 'element = "guest"'],
  },
  {
    name: 'nothing to go through',
    rego: 'answer if {\n\tsome role in input.roles\n\trole == "admin"\n}',
    input: { roles: [] },
    shows: ['x some role in input.roles', 'nothing to go through in = []', '. role == "admin"'],
  },
  {
    name: 'every: which of its conditions failed for which element',
    rego: 'answer if {\n\tevery r in input.roles {\n\t\tstartswith(r, "a")\n\t\tcount(r) > 2\n\t}\n}',
    input: { roles: ['abc', 'a'] },
    shows: [
      'x every r in input.roles',
      '+ startswith(r, "a") (held 2 of 2 times)',
      'count(r) > 2 (held 1 of 2 times)',
    ],
  },
  {
    name: 'not: what was not to hold',
    rego: 'answer if not blocked\nblocked if input.ip == "::1"',
    input: { ip: '::1' },
    shows: ['x not blocked', 'data.pkg.blocked = true', '+ input.ip == "::1"'],
  },
  {
    name: 'not that holds',
    rego: 'answer if not blocked\nblocked if input.ip == "::1"',
    input: { ip: '::2' },
    shows: ['+ not blocked', 'data.pkg.blocked is undefined', 'x input.ip == "::1"'],
  },
  {
    name: 'with: the rule is asked with what was put in',
    rego: 'answer if {\n\tallowed with input.n as 5\n\tinput.n == 1\n}\nallowed if input.n > 4',
    input: { n: 1 },
    shows: ['+ allowed with input.n as 5', 'data.pkg.allowed = true', '+ input.n == 1', 'gt(5, 4) = true'],
  },
  {
    name: 'functions with their arguments, and definitions whose arguments do not match',
    rego: 'answer := f("b")\nf("a") := 1\nf("b") := 2',
    shows: ['data.pkg.f("b") = 2', 'x f("a") := 1', '+ f("b") := 2'],
  },
  {
    name: 'comprehensions have conditions of their own',
    rego: 'answer if count([y | some y in input.list; y > 1]) == 1',
    input: { list: [1, 2, 3] },
    shows: [
      'x count([y | some y in input.list; y > 1]) == 1',
      'count([2, 3]) = 2',
      '+ y > 1 (held 2 of 3 times)',
    ],
  },
  {
    name: 'partial sets and objects',
    rego: 'answer := [s, o]\ns contains x if some x in input.list\no[k] := v if {\n\tsome k, v in input.object\n\tv > 1\n}',
    input: { list: [1, 2], object: { a: 1, b: 2 } },
    shows: [
      'data.pkg.s = {1, 2}',
      '+ some x in input.list',
      'data.pkg.o = {"b": 2}',
      '+ v > 1 (held 1 of 2 times)',
    ],
  },
  {
    name: 'a builtin that errs',
    rego: 'answer if to_number(input.n) > 1',
    input: { n: 'x' },
    shows: ['x to_number(input.n) > 1', 'error: to_number: '],
  },
  {
    name: 'a rule that is asked twice is shown once',
    rego: 'answer if {\n\ta\n\tb\n}\na if c\nb if c\nc if input.x',
    input: { x: 1 },
    shows: ['+ c', 'data.pkg.c = true', '+ input.x', 'data.pkg.b = true', '+ c', 'data.pkg.c = true'],
  },
  {
    name: 'prints, where the plan has them',
    rego: 'answer if {\n\tprint("n is", input.n)\n\tinput.n == 1\n}',
    input: { n: 2 },
    shows: ['printed', 'n is 2'],
  },
];

const SECRETS = `
parts := split(input.headers.authorization, " ")
claims := payload if [_, payload, _] := io.jwt.decode(parts[1])
f(x) := concat("-", ["pre", x])
sets contains lower(input.headers.authorization)
objects[k] := v if some k, v in input.headers
answer := {"sub": claims.sub, "up": upper(parts[1]), "sub5": substring(parts[1], 40, 20), "f": f(parts[1])} if {
	startswith(input.headers.authorization, "Bearer ")
	print("token", parts[1])
	count(sets) == 1
	objects["authorization"] == input.headers.authorization
	every p in parts { p != "" }
	not io.jwt.verify_hs256(parts[1], "the-shared-secret-of-hs256")
	input.none
}`;

const CONFLICT = 'answer := 1 if input.a\nanswer := 2 if input.b';
const LOOP = 'answer if {\n\tsome x in input.xs\n\tf(x) > 1000\n}\nf(x) := y if y := x + 1';

let evaluators: readonly { evaluator: PlanEvaluator; set: ReturnType<typeof plannedSet> }[];

const policyOf = (rego: string): string => `package pkg\n\nimport rego.v1\n\n${rego}\n`;

before(async () => {
  const policies = [...CASES.map(({ rego }) => rego), SECRETS, CONFLICT, LOOP];
  const files = policies.map((rego, index) => policyOf(rego).replace('package pkg', `package p${index}.pkg`));
  const plan = await buildPlan(
    files,
    policies.map((_, index) => `p${index}/pkg/answer`),
  );
  const names = policies.map((_, index) => `p${index}/pkg/answer`);
  const set = plannedSet(plan, names);
  const [module] = set.modules;
  const { files: paths } = JSON.parse(plan.toString('utf8')).static as { files: { value: string }[] };
  const sources = Object.fromEntries(
    paths.map(({ value }) => [value, files[Number(/policy(\d+)\.rego$/.exec(value)?.[1])]!]),
  );
  const described = { ...set, modules: [{ ...module!, sources }] };
  const evaluator = createPlanEvaluator(described, { builtins: BUILTINS, clock: systemClock });
  evaluators = policies.map(() => ({ evaluator, set: described }));
});

function explain(
  index: number,
  input: unknown,
  hidden?: HiddenPlaces,
  limits?: ExplanationLimits,
): Explanation {
  const { evaluator, set } = evaluators[index]!;
  const json = input === undefined ? undefined : Buffer.from(JSON.stringify(input));
  return explainEntrypoint(
    evaluator,
    set,
    `p${index}/pkg/answer`,
    json,
    { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY },
    { ...(hidden && { hidden }), ...(limits && { limits }) },
  ).explanation;
}

describe('explanations', () => {
  for (const [index, { name, input, shows }] of CASES.entries()) {
    test(name, () => {
      const text = renderExplanation(explain(index, input))
        .replaceAll(/[^\s]*policy\d+\.rego:\d+ {2}/g, '')
        .replaceAll(`data.p${index}.`, 'data.');
      let at = 0;
      for (const line of shows) {
        const found = text.indexOf(line, at);
        assert.notEqual(found, -1, `${line}\n--- after ${at} in\n${text}`);
        at = found + line.length;
      }
    });
  }

  test('every place has a row, and its text begins there', () => {
    for (const index of CASES.keys()) {
      for (const expression of explain(index, CASES[index]!.input).rules.flatMap(expressionsOf)) {
        const { place, text } = expression;
        const source = evaluators[index]!.set.modules[0]!.sources![place.file]!.split('\n')[place.row - 1]!;
        assert.ok(
          source.slice(place.col - 1).startsWith(text.slice(0, 5)),
          `${place.row}:${place.col} ${text}`,
        );
      }
    }
  });

  test('a conflict is explained as far as it came', () => {
    const explained = explain(CASES.length + 1, { a: 1, b: 1 });
    assert.equal(explained.error?.code, 'evaluation_conflict');
    assert.equal(explained.error?.place.row, 6);
    assert.equal(explained.value, undefined);
    assert.equal(explained.rules.length, 1);
  });

  test('reasons name the conditions that failed', () => {
    const reasons = reasonsOf(explain(0, { path: '/x' }), 5);
    assert.deepEqual(
      reasons.map(({ expression }) => expression.text),
      ['startswith(input.path, "/public")'],
    );
  });

  test('an explanation is bounded, and says what it left out', () => {
    const xs = Array.from({ length: 5000 }, (_, i) => i / 10);
    const limits = { ...EXPLANATION_LIMITS, maxValueLength: 40 };
    const explained = explain(CASES.length + 2, { xs }, undefined, limits);
    assert.equal(explained.rules.length, 6);
    assert.equal(explained.omitted.rules, 4995);
    assert.ok(explained.omitted.samples > 4000);
    assert.ok(JSON.stringify(explained).length < 20_000);
    const long = JSON.stringify(explain(0, { path: 'x'.repeat(100_000) }));
    assert.ok(long.length < 5_000);
    assert.match(long, /xx…/);
  });
});

describe('secrets', () => {
  const hidden: HiddenPlaces = { input: [parsePointer('/headers/authorization')], result: [] };
  const pieces = [
    ...TOKEN.split(/[ .]/),
    'alice-in-chains',
    'signature-of-alice',
    'the-shared-secret-of-hs256',
  ].filter((piece) => piece !== 'Bearer');

  const assertHidden = (explained: Explanation, secrets: readonly string[]): void => {
    for (const text of [JSON.stringify(explained), renderExplanation(explained)]) {
      for (const secret of secrets) {
        for (const form of [secret, secret.toLowerCase(), secret.toUpperCase(), secret.slice(0, 12)]) {
          assert.ok(!text.includes(form), `${form} stands in ${text}`);
        }
      }
    }
  };

  test('nothing made from a masked input is shown', () => {
    const explained = explain(
      CASES.length,
      { headers: { authorization: TOKEN, host: 'example' }, none: 1 },
      hidden,
    );
    assert.ok(explained.rules.length > 4);
    assertHidden(explained, pieces);
    assert.match(renderExplanation(explained), /"host": "example"/);
  });

  test('credentials are hidden without being named; what was read from them is shown', () => {
    const explained = explain(CASES.length, { headers: { authorization: TOKEN } });
    assert.doesNotMatch(JSON.stringify(explained), /c2lnbmF0dXJlLW9mLWFsaWNl|the-shared-secret/);
  });

  test('the value can be masked, too', () => {
    const explained = explain(1, { user: { name: 'alice' } }, { input: [], result: [[]] });
    assert.equal(explained.value, '"[masked]"');
  });

  test('wherever the secret stands in the input', () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const secret = fc.stringMatching(/^[A-Z0-9]{14,40}$/);
    fc.assert(
      fc.property(secret, fc.array(key, { maxLength: 3 }), (text, path) => {
        const at = [...path, 'last'];
        const nested = at.reduceRight<unknown>((inner, each) => ({ [each]: inner }), text);
        const input = {
          headers: { authorization: 'x', other: nested },
          path: nested,
          user: { name: nested },
          roles: [nested],
        };
        const places = [
          ['headers', 'other', ...at],
          ['path', ...at],
          ['user', 'name', ...at],
          ['roles', '0', ...at],
        ];
        for (const index of [0, 1, 5, 8, CASES.length]) {
          assertHidden(explain(index, input, { input: places, result: [] }), [text]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function expressionsOf({ clauses }: RuleTrace): ExpressionTrace[] {
  const all = (each: ExpressionTrace): ExpressionTrace[] => [each, ...each.body.flatMap(all)];
  return clauses.flatMap(({ head, expressions }) => [head, ...expressions].flatMap(all));
}
