/** Expressions that give a number, a string or a boolean. */
import { expression, type Scope, same, type Type } from './rego-scope.ts';

export function numeric(scope: Scope, depth: number): string {
  const { choices, careful } = scope;
  const of = (type: Type): string => expression(scope, type, depth - 1);
  const whole = ['0', '1', '2', '-3', '10', '12345678901234567890'];
  const constant = choices.one(careful ? whole : [...whole, '1.5', '0.1', '1e2', '2.50', '-0.5']);
  if (depth <= 0)
    return choices.one([
      constant,
      constant,
      'input.n',
      'data.limits.small',
      'count(input.xs)',
      'input.sizes.m',
      'data.matrix[1][0]',
    ]);
  return choices.made([
    () => `(${of('number')} ${choices.one(['+', '-', '*'])} ${of('number')})`,
    () => (careful ? of('number') : `(${of('number')} / ${choices.one(['2', '4', '8', of('number')])})`),
    () => `(${of('number')} % ${choices.one(['2', '3', of('number')])})`,
    () =>
      `count(${of(choices.one<Type>([{ array: 'string' }, { set: 'number' }, { object: 'string' }, 'string']))})`,
    () =>
      `${choices.one(['sum', 'max', 'min', 'product'])}(${of(choices.one<Type>([{ array: 'number' }, { set: 'number' }]))})`,
    () => `count(${of({ set: choices.one(['string', 'number'] as const) })})`,
    () => `sum(${of({ set: 'number' })})`,
    () => `${choices.one(['abs', 'round', 'ceil', 'floor'])}(${of('number')})`,
    () => `indexof(${of('string')}, ${of('string')})`,
    () => `to_number(${choices.one(['"12"', careful ? '"-7"' : '"1.50"', 'input.n', of('string')])})`,
    () => `object.get(${of({ object: 'number' })}, ${of('string')}, ${of('number')})`,
    () => `bits.${choices.one(['and', 'or', 'xor'])}(${choices.between(0, 9)}, input.n)`,
    () => `bits.lsh(${choices.between(0, 9)}, ${choices.between(0, 9)})`,
    () => `${choices.one(['sum', 'count'])}(numbers.range(0, ${choices.between(-2, 4)}))`,
    () =>
      `${named(scope, { array: 'number' }, 'input.xs')}[${choices.one(['0', '1', 'input.n', 'count(input.names)'])}]`,
    () => `${named(scope, { object: 'number' }, 'input.sizes')}[${of('string')}]`,
  ]);
}

export function textual(scope: Scope, depth: number): string {
  const { choices } = scope;
  const of = (type: Type): string => expression(scope, type, depth - 1);
  const constant = choices.one(['"a"', '"b"', '"alice"', '"ab,b"', '""', '"Ünal"', '"s"', '"admin"']);
  if (depth <= 0)
    return choices.one([
      constant,
      constant,
      'input.user',
      'input.role',
      'input.names[0]',
      'data.hosts[1]',
      choices.one(['data.ports.alice', 'data.ports.alice', 'data.ports[input.n]']),
      'data.ports["1"]',
    ]);
  return choices.made([
    () =>
      `concat(${choices.one(['","', '""'])}, ${of(choices.one<Type>([{ array: 'string' }, { set: 'string' }]))})`,
    () =>
      `${choices.one(['upper', 'lower', 'trim_space', 'strings.reverse', 'base64.encode', 'urlquery.encode'])}(${of('string')})`,
    () => `sprintf("%v-%v", [${of('string')}, ${of(choices.one<Type>(['number', { set: 'string' }]))}])`,
    () => `replace(${of('string')}, ${choices.one(['"a"', '"l"', '","', '"Ü"'])}, ${of('string')})`,
    // Of ASCII: OPA puts it between the bytes of other characters, and what it gives is no text then.
    () => `replace(urlquery.encode(${of('string')}), "", ${of('string')})`,
    () => `substring(${of('string')}, ${choices.between(0, 2)}, ${choices.between(-1, 3)})`,
    () =>
      `${choices.one(['trim', 'trim_left', 'trim_right', 'trim_prefix', 'trim_suffix'])}(${of('string')}, ${of('string')})`,
    () =>
      `json.marshal(${of(choices.one<Type>(['number', { array: 'string' }, { object: 'number' }, { set: 'string' }]))})`,
    () => `format_int(${of('number')}, ${choices.one(['10', '16', '2'])})`,
    () => `type_name(${of(choices.one<Type>(['number', 'string', { set: 'number' }]))})`,
    () => `object.get(${of({ object: 'string' })}, ${of('string')}, ${of('string')})`,
    () => `split(${of('string')}, ",")[${choices.between(0, 1)}]`,
    () => `$"{${of('number')}} and {${choices.one(['input.user', 'input.xs', 'data.none', 'input.role'])}}"`,
    () => `regex.replace(${of('string')}, "[a-c]+", "<$0>")`,
    () => `{1: ${of('string')}, 2: "two", "k": "three"}[${choices.one(['1', 'input.n', '"k"'])}]`,
    () =>
      `data.ports[${choices.one(['8080', '1', '"8080"', 'input.n', 'input.user', of('number'), of('string')])}]`,
    () => `${named(scope, { array: 'string' }, 'input.names')}[${choices.one(['0', '1', 'input.n'])}]`,
  ]);
}

export function truth(scope: Scope, depth: number): string {
  const { choices } = scope;
  if (depth <= 0) return choices.one(['true', 'false', 'input.ok', 'input.flags.y']);
  const of = (type: Type): string => expression(scope, type, depth - 1);
  return choices.made([
    () => `(${of('number')} ${choices.one(['<', '>=', '==', '!='])} ${of('number')})`,
    () => `(${of('string')} ${choices.one(['<', '>=', '==', '!='])} ${of('string')})`,
    () => `startswith(${of('string')}, ${of('string')})`,
    () =>
      `is_${choices.one(['number', 'string', 'array', 'set', 'null', 'object', 'boolean'])}(${choices.one(['input.n', 'input.xs', of('string')])})`,
    () =>
      `glob.match(${choices.one(['"*"', '"a*"', '"*.example"', '"{a,b}*"'])}, ${choices.one(['["."]', '[]', 'null'])}, ${of('string')})`,
    () => `regex.match(${choices.one(['"^a"', '"b+$"', '"[a-c]{2}"'])}, ${of('string')})`,
    () => `(${of('string')} in ${of({ array: 'string' })})`,
    () => `object.subset(${of({ object: 'number' })}, ${of({ object: 'number' })})`,
    () => `strings.any_prefix_match(${of('string')}, ${of({ array: 'string' })})`,
    () => `semver.is_valid(${of('string')})`,
  ]);
}

/** Something whose members the compiler does not know: it refuses to look up what is not there. */
function named({ choices, variables, rules }: Scope, type: Type, otherwise: string): string {
  const known = [...variables, ...rules].filter((each) => same(each.type, type));
  return choices.one([otherwise, ...known.map(({ name }) => name)]);
}
