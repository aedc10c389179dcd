/** Expressions of a wanted type. */
import type { Choices } from './rego-choices.ts';
import { numeric, textual, truth } from './rego-scalars.ts';
import { body, expression, type Scope, same, type Type } from './rego-scope.ts';

/** Comprehensions inside of comprehensions. */
const MAX_DEPTH = 2;

/** An expression of the type. */
export function writeExpression(scope: Scope, type: Type, depth: number): string {
  const { choices } = scope;
  const known = [...scope.variables, ...scope.rules].filter((each) => same(each.type, type));
  if (known.length > 0 && choices.chance(0.4)) return choices.one(known).name;
  const callable = scope.functions.filter(({ to }) => same(to, type));
  if (depth > 0 && callable.length > 0 && scope.loops < 3 && choices.chance(0.25)) {
    const { name, from } = choices.one(callable);
    return `${name}(${from.map((each) => expression(scope, each, depth - 1)).join(', ')})`;
  }
  if (type === 'number') return numeric(scope, depth);
  if (type === 'string') return textual(scope, depth);
  if (type === 'boolean') return truth(scope, depth);
  return collection(scope, type, depth);
}

/** A statement that holds or does not. */
export function writeCondition(scope: Scope, depth: number): string {
  const { choices } = scope;
  const compared = choices.one<Type>([
    'number',
    'string',
    { array: 'number' },
    { set: 'string' },
    { object: 'number' },
  ]);
  const [number, string] = [
    () => expression(scope, 'number', depth),
    () => expression(scope, 'string', depth),
  ];
  return choices.made([
    () => comparison(choices, expression(scope, compared, depth), expression(scope, compared, depth)),
    () => `${number()} ${choices.one(['<', '<=', '>', '>=', '=='])} ${number()}`,
    () =>
      `${string()} in ${expression(scope, choices.one<Type>([{ array: 'string' }, { set: 'string' }]), depth)}`,
    () => `${string()}, ${number()} in ${expression(scope, { object: 'number' }, depth)}`,
    () =>
      `${choices.one(['startswith', 'contains', 'endswith'])}(${string()}, ${expression(scope, 'string', 0)})`,
    () =>
      choices.one([
        'input.ok',
        'input.flags.x',
        `input.flags[${expression(scope, 'string', 0)}]`,
        'input.user',
        'input',
      ]),
    () => expression(scope, 'boolean', depth),
  ]);
}

/** The compiler knows no way to test a literal for equality with a comprehension: "not implemented: unify". */
function comparison(choices: Choices, left: string, right: string): string {
  const simple = /^[\w.]+$/.test(left) || /^[\w.]+$/.test(right);
  return `${left} ${choices.one(simple ? ['==', '!=', '<'] : ['!=', '<', '>='])} ${right}`;
}

type Collection = Exclude<Type, string>;

function collection(scope: Scope, type: Collection, depth: number): string {
  const { choices } = scope;
  const [open, close, element] =
    'array' in type ? ['[', ']', type.array] : 'set' in type ? ['{', '}', type.set] : ['{', '}', type.object];
  const pair = (value: string, key: string): string => ('object' in type ? `${key}: ${value}` : value);
  if (scope.depth < MAX_DEPTH && depth > 0 && choices.chance(0.35)) {
    const { text, inner } = body({ ...scope, depth: scope.depth + 1 });
    const value = expression(inner, element, depth - 1);
    const statements = text.trim().replaceAll('\n', ';');
    return `${open}${pair(value, expression(inner, 'string', 0))} | ${statements}${close}`;
  }
  if (depth > 0 && choices.chance(0.4)) return operation(scope, type, depth - 1);
  if (typeof element === 'string' && choices.chance(0.4)) return fromOutside(scope, type, element);
  const count = choices.between('set' in type ? 1 : 0, 3);
  const numbered = choices.chance(0.1);
  const members = Array.from({ length: count }, (_, i) =>
    pair(expression(scope, element, 0), numbered ? String(i) : `"${'smlx'[i]}"`),
  );
  const literal = `${open}${members.join(', ')}${close}`;
  // OPA's interpreter goes through equal elements of a literal twice: docs/plan-differences.md.
  const plain = members.every((member) => /^(-?[\d.e]+|"[^"]*"|true|false)$/.test(member));
  return 'set' in type && count > 1 && !plain ? `(${literal} | set())` : literal;
}

function operation(scope: Scope, type: Collection, depth: number): string {
  const { choices } = scope;
  const again = (): string => expression(scope, type, depth);
  const of = (wanted: Type): string => expression(scope, wanted, depth);
  if ('set' in type) {
    const element = type.set;
    return choices.made([
      () => `(${again()} ${choices.one(['|', '&', '-'])} ${again()})`,
      () => `(${again()} ${choices.one(['|', '&', '-'])} ${again()})`,
      () => `${choices.one(['union', 'intersection'])}({${again()}, ${again()}})`,
      () => (element === 'string' ? `object.keys(${of({ object: 'number' })})` : again()),
    ]);
  }
  if ('object' in type) {
    return choices.made([
      () => `object.union(${again()}, ${again()})`,
      () => `object.union_n([${again()}, ${again()}])`,
      () => `object.remove(${again()}, ["s", ${of('string')}])`,
      () => `object.filter(${again()}, {"m", ${of('string')}})`,
      () => `json.remove(${again()}, ["s"])`,
      () => `json.filter(${again()}, ["s", "m/x"])`,
    ]);
  }
  return choices.made([
    () => `array.concat(${again()}, ${again()})`,
    () => `array.slice(${again()}, ${choices.between(0, 1)}, ${choices.between(1, 3)})`,
    () => `array.reverse(${again()})`,
    () => `sort(${of(choices.one<Type>([type, { set: type.array }]))})`,
    () => `sort(${type.array === 'number' ? '[x | some x in input.xs]' : 'object.keys(input.sizes)'})`,
    () => `sort(${type.array === 'string' ? 'input.names' : again()})`,
    () =>
      type.array === 'string' ? `split(${of('string')}, ${choices.one(['","', '"a"', '""'])})` : again(),
    () =>
      type.array === 'number'
        ? `numbers.range(${choices.between(-1, 3)}, ${choices.one(['input.n % 5', '2'])})`
        : again(),
    () => `json.unmarshal(json.marshal(${again()}))`,
  ]);
}

function fromOutside({ choices }: Scope, type: Collection, element: string): string {
  if ('array' in type)
    return element === 'number'
      ? choices.one(['input.xs', 'data.matrix[0]', 'data.matrix[input.n]'])
      : choices.one(['input.names', 'data.hosts', 'data.roles[input.role]', 'input.flags']);
  if ('object' in type)
    return element === 'number'
      ? choices.one(['input.sizes', 'data.limits', 'input.items[0]'])
      : choices.one(['{"s": input.user}', 'data.ports', '{input.user: input.role}']);
  return element === 'number'
    ? choices.one(['{x | some x in input.xs}', '{x | x := data.matrix[_][_]}'])
    : choices.one(['{x | some x in input.names}', '{x | data.roles[x]}', '{x | x := data.roles[_][_]}']);
}
