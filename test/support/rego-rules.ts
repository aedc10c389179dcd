/** Rules of generated policies: each kind of head, with one or several clauses. */
import { body, expression, NESTED, SCALARS, type Scope, TYPES, type Type } from './rego-scope.ts';

/** Its text. It is added to the scope once it is written: rules refer to earlier ones only. */
export function writeRule(scope: Scope, name: string): string {
  const { choices } = scope;
  return choices.made([
    () => partialSet(scope, name),
    () => partialObject(scope, name),
    () => functionOf(scope, name),
    () => functionByCases(scope, name),
    () => condition(scope, name),
    () => complete(scope, name),
    () => complete(scope, name),
    () => chain(scope, name),
    () => tree(scope, name),
  ]);
}

const texts = (clauses: readonly string[]): string => clauses.join('\n\n');

function partialSet(scope: Scope, name: string): string {
  const { choices } = scope;
  const type = { set: choices.one(SCALARS) };
  // `a.b contains c` is a set below an object.
  const head = choices.chance(0.8) ? name : `${name}.inner`;
  const clauses = Array.from({ length: choices.between(1, 3) }, (_, i) => {
    if (i > 0 && choices.chance(0.4)) return `${head} contains ${expression(scope, type.set, 1)}`;
    const { text, inner } = body(scope);
    return `${head} contains ${expression(inner, type.set, 2)} if {\n${text}\n}`;
  });
  scope.rules.push({ name: head, type });
  return texts(clauses);
}

function partialObject(scope: Scope, name: string): string {
  const { choices } = scope;
  const type = { object: choices.one(SCALARS) };
  const clauses = Array.from({ length: choices.one([1, 1, 1, 2]) }, () => {
    const { text, inner } = body(scope);
    const key = expression(inner, 'string', 1);
    // A key that has two values fails the evaluation; so that not most do, often the value follows from the key alone.
    const value = expression(choices.chance(0.6) ? scope : inner, type.object, 2);
    return `${name}[k] := v if {\n${text}\n  k := ${key}\n  v := ${value}\n}`;
  });
  scope.rules.push({ name, type });
  return texts(clauses);
}

function functionOf(scope: Scope, name: string): string {
  const { choices } = scope;
  const from = Array.from({ length: choices.between(1, 2) }, () =>
    choices.one<Type>([...SCALARS, { array: 'number' }]),
  );
  const to = choices.one(SCALARS);
  const names = from.map((_, i) => `a${i}`);
  const head = `${name}(${names.join(', ')})`;
  // Functions are not remembered, and called in loops: they do not call each other.
  const { text, inner } = body({
    ...scope,
    functions: [],
    loops: 2,
    variables: from.map((type, i) => ({ name: names[i]!, type })),
  });
  const byDefault = choices.chance(0.2)
    ? [`default ${head.replaceAll(/a\d/g, '_')} := ${constant(scope, to)}`]
    : [];
  const clause = `${head} := ${expression(inner, to, 2)} if {\n${text}\n}`;
  const otherwise = choices.chance(0.4) ? ` else := ${expression({ ...scope, functions: [] }, to, 0)}` : '';
  scope.functions.push({ name, from, to });
  return texts([...byDefault, clause + otherwise]);
}

/** Clauses for values and shapes of the argument. */
function functionByCases(scope: Scope, name: string): string {
  const { choices } = scope;
  const to = choices.one(SCALARS);
  const inside = { ...scope, functions: [], loops: 3 };
  const [isText, isList] = [choices.chance(0.5), choices.chance(0.3)];
  const from: Type = isList ? { array: 'number' } : isText ? 'string' : 'number';
  const patterns = isList
    ? ['[]', '[x]', '[x, _]', '[1, x]']
    : isText
      ? ['"a"', '"alice"', '"admin"']
      : ['1', '2', '0'];
  const count = choices.between(1, patterns.length);
  const clauses = patterns.slice(0, count).map((pattern) => {
    const variables: Scope['variables'] = pattern.includes('x') ? [{ name: 'x', type: 'number' }] : [];
    return `${name}(${pattern}) := ${expression({ ...inside, variables }, to, 1)}`;
  });
  scope.functions.push({ name, from: [from], to });
  return texts(clauses);
}

function condition(scope: Scope, name: string): string {
  const { choices } = scope;
  const clauses = Array.from({ length: choices.between(1, 3) }, () => `${name} if {\n${body(scope).text}\n}`);
  scope.rules.push({ name, type: 'boolean' });
  return texts(choices.chance(0.5) ? [`default ${name} := false`, ...clauses] : clauses);
}

function complete(scope: Scope, name: string): string {
  const { choices } = scope;
  const type = choices.one(choices.chance(0.2) ? NESTED : TYPES);
  const value = expression(scope, type, 3);
  scope.rules.push({ name, type });
  return `${name} := ${value}`;
}

function chain(scope: Scope, name: string): string {
  const { choices } = scope;
  const type = choices.one(SCALARS);
  const links = Array.from({ length: choices.between(1, 3) }, () => {
    const { text, inner } = body(scope);
    return `:= ${expression(inner, type, 1)} if {\n${text}\n}`;
  });
  const last = choices.chance(0.5) ? ` else := ${expression(scope, type, 0)}` : '';
  scope.rules.push({ name, type });
  return `${name} ${links.join(' else ')}${last}`;
}

/** Heads with several keys, of which some are bound by the body. */
function tree(scope: Scope, name: string): string {
  const { choices } = scope;
  const type = choices.one(SCALARS);
  const { text, inner } = body(scope);
  const key = expression(inner, 'string', 1);
  const bound = `${name}.by[k].leaf := ${constant(scope, type)} if {\n${text}\n  k := ${key}\n}`;
  const fixed = `${name}.fixed := ${expression(scope, type, 2)}`;
  scope.rules.push({ name: `${name}.fixed`, type });
  return texts([bound, fixed]);
}

function constant({ choices }: Scope, type: Type): string {
  if (type === 'number') return choices.one(['0', '7']);
  return type === 'string' ? choices.one(['"none"', '""']) : choices.one(['true', 'false']);
}
