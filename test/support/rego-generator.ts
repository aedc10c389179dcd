/**
 * Writes small Rego policies and inputs for them at random: well-typed, of nearly every construct that the compiler knows, on inputs that
 * have often, but not always, the shape that the policy asks for.
 */
import type { JsonValue } from '../../src/json/value.ts';
import { writeBody } from './rego-bodies.ts';
import { Choices } from './rego-choices.ts';
import { writeCondition, writeExpression } from './rego-expressions.ts';
import { writeRule } from './rego-rules.ts';
import { expression, type Grammar, type Scope, type Type } from './rego-scope.ts';

export interface GeneratedPolicy {
  readonly name: string;
  /** One package of that name; `out` is an object of all its rules that have a value. */
  readonly rego: string;
  /** Of `out`: tells sets from arrays in an answer. */
  readonly members: ReadonlyMap<string, Type>;
  /** See `Scope`. */
  readonly careful: boolean;
  readonly inputs: readonly (JsonValue | undefined)[];
}

/** The base data that the policies refer to. */
export const DATA: JsonValue = {
  roles: { admin: ['read', 'write'], guest: ['read'], none: [], a: ['b'] },
  limits: { small: 1, large: 1000, s: 3 },
  hosts: ['a.example', 'b.example', 'ü.example'],
  ports: { 8080: 'http', 1: 'one', 2: 'two', alice: 'a port' },
  matrix: [[1, 2], [3, 4], []],
};

const GRAMMAR: Grammar = { expression: writeExpression, condition: writeCondition, body: writeBody };

/** Always the same policy for the same seed. One in four is not careful. */
export function generatePolicy(seed: number, inputCount: number): GeneratedPolicy {
  const choices = new Choices(seed);
  const name = `g${seed}`;
  const careful = seed % 4 !== 0;
  const scope: Scope = {
    grammar: GRAMMAR,
    choices,
    careful,
    variables: [],
    rules: [],
    functions: [],
    depth: 0,
    loops: 0,
  };
  const rules: string[] = [];
  const count = choices.between(3, 7);
  for (let i = 0; i < count; i++) rules.push(writeRule(scope, `r${i}`));
  const calls = scope.functions.map(({ name: called, from, to }) => ({
    name: called,
    type: to,
    text: `${called}(${from.map((type) => expression(scope, type, 1)).join(', ')})`,
  }));
  const shown = [...scope.rules.map(({ name: rule, type }) => ({ name: rule, type, text: rule })), ...calls];
  // Members that are undefined are left out, so that one entrypoint shows all rules.
  const members = [...shown, { name: 'always', text: 'true' }].map(
    ({ name: member, text }) => `out["${member}"] := ${text}`,
  );
  return {
    name,
    rego: [`package ${name}`, ...rules, ...members].join('\n\n'),
    members: new Map(shown.map((each) => [each.name, each.type])),
    careful,
    inputs: Array.from({ length: inputCount }, () => input(choices, careful)),
  };
}

function input(choices: Choices, careful: boolean): JsonValue | undefined {
  if (choices.chance(0.03)) return undefined;
  const aNumber = (): number =>
    choices.one([0, 1, 2, 3, -1, 10, 100, 9007199254740991, ...(careful ? [] : [1.5, 0.1, 2.25])]);
  const aName = (): string => choices.one(['a', 'b', 'ab', 'B', 'é', '', 'alice', '😀']);
  const object = {
    user: choices.one(['alice', 'bob', '', 'Ünal', 'admin']),
    role: choices.one(['admin', 'guest', 'none', 'nobody']),
    n: aNumber(),
    ok: choices.chance(0.5),
    xs: list(choices, aNumber),
    names: list(choices, aName),
    flags: Object.fromEntries(
      list(choices, () => [choices.one(['x', 'y', 'z']), choices.chance(0.5)] as const),
    ),
    sizes: Object.fromEntries(list(choices, () => [choices.one(['s', 'm', 'l']), aNumber()] as const)),
    pairs: list(choices, (): JsonValue => [aName(), aNumber()]),
    items: list(choices, (): JsonValue => ({ id: aName(), count: aNumber() })),
  };
  const names = Object.keys(object) as (keyof typeof object)[];
  const result: { [key: string]: JsonValue } = object;
  if (choices.chance(0.25)) delete result[choices.one(names)];
  if (choices.chance(0.25))
    result[choices.one(names)] = choices.one<JsonValue>([null, 7, 'text', false, [1, 'a', null], { x: [] }]);
  return result;
}

function list<Value>(choices: Choices, make: () => Value): Value[] {
  return Array.from({ length: choices.between(0, 4) }, make);
}
