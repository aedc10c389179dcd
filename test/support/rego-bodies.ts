/** Bodies of rules: statements, each of which may bind variables for those after it. */
import {
  type Body,
  condition,
  expression,
  type Named,
  NESTED,
  type Scope,
  TYPES,
  type Type,
} from './rego-scope.ts';

/** Loops inside of loops; collections hold some four elements. */
const MAX_LOOPS = 3;

/** One to three statements, and the scope behind them. */
export function writeBody(scope: Scope): Body {
  const variables = [...scope.variables];
  let inner: Scope = { ...scope, variables };
  const lines: string[] = [];
  const count = scope.choices.between(1, 3);
  for (let i = 0; i < count; i++) {
    const { lines: written, bound = [], loops = 0 } = statement(inner);
    lines.push(...written);
    variables.push(...bound);
    inner = Object.assign(inner, { loops: inner.loops + loops });
  }
  return { text: lines.map((line) => `  ${line}`).join('\n'), inner };
}

interface Statement {
  readonly lines: readonly string[];
  readonly bound?: readonly Named[];
  readonly loops?: number;
}

function statement(scope: Scope): Statement {
  const { choices } = scope;
  const element = choices.one(['number', 'string'] as const);
  const makers = [
    () => assignment(scope),
    () => assignment(scope),
    () => pattern(scope),
    () => negation(scope),
    () => ({ lines: [condition(scope, 2)] }),
    () => ({
      lines: [
        choices.chance(0.8)
          ? condition(scope, 2)
          : `data.roles[input.role][_] == ${expression(scope, 'string', 1)}`,
      ],
    }),
    () => replacement(scope),
  ];
  if (scope.loops < MAX_LOOPS)
    makers.push(
      () => some(scope, element),
      () => some(scope, element),
      () => someWithKey(scope, element),
      () => every(scope, element),
      () => reference(scope, element),
      () => somePattern(scope),
    );
  return choices.made(makers);
}

function assignment(scope: Scope): Statement {
  const { choices } = scope;
  const name = choices.name('v');
  const type = choices.one(choices.chance(0.1) ? NESTED : TYPES);
  return {
    lines: [`${name} ${choices.chance(0.9) ? ':=' : '='} ${expression(scope, type, 2)}`],
    bound: [{ name, type }],
  };
}

/** Taken apart; the other side may well have another shape, which the compiler must not see, or it refuses the policy. */
function pattern(scope: Scope): Statement {
  const { choices } = scope;
  const [whole, first, second] = [choices.name('t'), choices.name('p'), choices.name('p')];
  const apart = (
    given: string,
    shape: string,
    ...types: readonly ['number' | 'string', ('number' | 'string')?]
  ): Statement => ({
    lines: [`${whole} := ${given}`, `${shape} = ${whole}`],
    bound: types.map((type, i) => ({ name: i === 0 ? first : second, type: type! })),
  });
  const of = (type: Type): string => `object.get({"t": ${expression(scope, type, 1)}}, "t", null)`;
  return choices.made([
    () => apart(of({ array: 'number' }), `[${first}, _]`, 'number'),
    () => apart(of({ array: 'string' }), `[${first}, ${second}]`, 'string', 'string'),
    () => apart(of({ object: 'number' }), `{"s": ${first}}`, 'number'),
    () => apart('input.items[0]', `{"id": ${first}, "count": ${second}}`, 'string', 'number'),
    () => apart('input.pairs[1]', `[${first}, ${second}]`, 'string', 'number'),
    () => apart(of({ array: 'number' }), `[${first}, 1]`, 'number'),
  ]);
}

function negation(scope: Scope): Statement {
  const { choices } = scope;
  if (scope.functions.length > 0 && choices.chance(0.3)) {
    const { name, from } = choices.one(scope.functions);
    return { lines: [`not ${name}(${from.map((type) => expression(scope, type, 1)).join(', ')})`] };
  }
  return { lines: [`not ${condition(scope, 1)}`] };
}

function some(scope: Scope, element: Type): Statement {
  const name = scope.choices.name('e');
  const from = scope.choices.one<Type>([{ array: element }, { set: element }, { object: element }]);
  return {
    lines: [`some ${name} in ${expression(scope, from, 1)}`],
    bound: [{ name, type: element }],
    loops: 1,
  };
}

function someWithKey(scope: Scope, element: Type): Statement {
  const { choices } = scope;
  const [key, name] = [choices.name('k'), choices.name('e')];
  const isArray = choices.chance(0.5);
  const from: Type = isArray ? { array: element } : { object: element };
  return {
    lines: [`some ${key}, ${name} in ${expression(scope, from, 1)}`],
    bound: [
      { name: key, type: isArray ? 'number' : 'string' },
      { name, type: element },
    ],
    loops: 1,
  };
}

function somePattern({ choices }: Scope): Statement {
  const [first, second] = [choices.name('s'), choices.name('s')];
  return {
    lines: [
      choices.one([
        `some [${first}, ${second}] in input.pairs`,
        `some {"id": ${first}, "count": ${second}} in input.items`,
        `input.items[_] = {"id": ${first}, "count": ${second}}`,
      ]),
    ],
    bound: [
      { name: first, type: 'string' },
      { name: second, type: 'number' },
    ],
    loops: 1,
  };
}

function every(scope: Scope, element: Type): Statement {
  const { choices } = scope;
  const [key, name] = [choices.name('q'), choices.name('q')];
  const ofObject = choices.chance(0.3);
  const from = ofObject ? { object: element } : choices.one<Type>([{ array: element }, { set: element }]);
  const within: Scope = {
    ...scope,
    loops: scope.loops + 1,
    variables: [
      ...scope.variables,
      { name, type: element },
      ...(ofObject ? [{ name: key, type: 'string' as const }] : []),
    ],
  };
  // The compiler refuses a variable that nothing looks at.
  const looked = [`${name} != ${expression(within, element, 1)}`];
  if (ofObject) looked.push(`${key} != ${expression(within, 'string', 1)}`);
  if (choices.chance(0.5)) looked.push(condition(within, 1));
  const names = ofObject ? `${key}, ${name}` : name;
  return { lines: [`every ${names} in ${expression(scope, from, 1)} { ${looked.join('; ')} }`] };
}

/** The old way to go through a collection: by an index that nobody looks at, or that is bound. */
function reference(scope: Scope, element: Type): Statement {
  const { choices } = scope;
  const [name, i, j] = [choices.name('w'), choices.name('i'), choices.name('j')];
  const key: Named = { name: i, type: 'string' };
  return choices.made<Statement>([
    () => ({
      lines: [`${name} := ${expression(scope, { array: element }, 0)}[_]`],
      bound: [{ name, type: element }],
      loops: 1,
    }),
    () => ({
      lines: [`${name} := data.roles[${expression(scope, 'string', 0)}][_]`],
      bound: [{ name, type: 'string' }],
      loops: 1,
    }),
    () => ({
      lines: [`${name} := data.roles[${i}][_]`],
      bound: [{ name, type: 'string' }, key],
      loops: 2,
    }),
    () => ({
      lines: [`${name} := data.matrix[${i}][${j}]`],
      bound: [
        { name, type: 'number' },
        { name: i, type: 'number' },
        { name: j, type: 'number' },
      ],
      loops: 2,
    }),
    () => ({
      lines: [`${name} := input.sizes[${i}]`],
      bound: [{ name, type: 'number' }, key],
      loops: 1,
    }),
    () => ({
      lines: [`walk(input, [${i}, ${name}])`, `is_string(${name})`],
      bound: [{ name, type: 'string' }],
      loops: 2,
    }),
  ]);
}

/** A rule with something else in place of what it looks at. */
function replacement(scope: Scope): Statement {
  const { choices } = scope;
  if (scope.rules.length === 0 || scope.loops > 1) return { lines: [condition(scope, 2)] };
  const { name: rule, type } = choices.one(scope.rules);
  const name = choices.name('m');
  const made = (wanted: Type): string => expression({ ...scope, rules: [] }, wanted, 1);
  const replaced = choices.made([
    () => `input.n as ${made('number')}`,
    () => `input.role as ${made('string')}`,
    () => 'input as {"n": 2, "role": "admin", "xs": [3, 1], "names": ["b", "a"]}',
    () => `data.hosts as ${made({ array: 'string' })}`,
    () => `data.limits.small as ${made('number')}`,
    () => 'data.roles as {"admin": ["x"], "new": ["y", "z"]}',
    () => `count as ${choices.between(0, 9)}`,
    () => 'upper as lower',
    () => `input.xs as ${made({ array: 'number' })} with input.user as ${made('string')}`,
  ]);
  return { lines: [`${name} := ${rule} with ${replaced}`], bound: [{ name, type }] };
}
