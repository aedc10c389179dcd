import { checkLength } from './go-flags.ts';
import type { Command, Operand, Pipeline, TemplateNode } from './go-template-ast.ts';
import { TemplateError, TemplateUnsupported } from './go-template-error.ts';
import { type Argument, callFunction, isTruthy, printed, stopsEarly } from './go-template-functions.ts';
import { MAIN_TEMPLATE, type Templates } from './go-template-parser.ts';
import type { GoValue } from './go-value.ts';

/** Go's default limit is 100,000 templates deep, which no stack here holds. */
const MAX_DEPTH = 200;

/** Nodes and turns of ranges in one run: `{{range 1000000000}}` is a short text. */
const MAX_STEPS = 1_000_000;

/** So many characters that a function takes or gives count as a step: `len` reads all of its text. */
const CHARACTERS_PER_STEP = 16;

/** Runs a template on its data. Throws TemplateError where Go's Execute fails. */
export function runTemplate(templates: Templates, data: GoValue): string {
  const run: Run = { templates, steps: 0, out: '' };
  new Scope(run, data, 0).walk(templates.get(MAIN_TEMPLATE)!, data);
  return run.out;
}

interface Run {
  readonly templates: Templates;
  steps: number;
  out: string;
}

/** What leaves a range early. */
type Jump = 'break' | 'continue' | undefined;

/** No result of an earlier command goes into this one. */
const NONE = Symbol('none');
type Final = Argument | typeof NONE;

/** The variables of one template while it runs. */
class Scope {
  readonly #run: Run;
  readonly #depth: number;
  readonly #variables: { readonly name: string; value: Argument }[];

  constructor(run: Run, data: Argument, depth: number) {
    this.#run = run;
    this.#depth = depth;
    this.#variables = [{ name: '$', value: data }];
  }

  walk(nodes: readonly TemplateNode[], dot: Argument): Jump {
    for (const node of nodes) {
      this.#step();
      const jump = this.#visit(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #step(steps: number = 1): void {
    this.#run.steps += steps;
    if (this.#run.steps > MAX_STEPS) throw new TemplateUnsupported(`more than ${MAX_STEPS} steps`);
  }

  #visit(node: TemplateNode, dot: Argument): Jump {
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.#pipeline(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(printed(value));
        return undefined;
      }
      case 'template':
        this.#template(node.name, node.pipe, dot);
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
      case 'range':
        return this.#scoped(() => this.#range(node, dot));
      case 'if':
      case 'with':
      default:
        return this.#scoped(() => {
          const value = this.#pipeline(node.pipe, dot);
          if (!isTruthy(value)) return this.walk(node.otherwise, dot);
          return this.walk(node.body, node.kind === 'with' ? value : dot);
        });
    }
  }

  #write(text: string): void {
    this.#run.out += text;
    checkLength(this.#run.out.length);
  }

  #scoped<T>(body: () => T): T {
    const mark = this.#variables.length;
    const result = body();
    this.#variables.length = mark;
    return result;
  }

  #range(node: Extract<TemplateNode, { kind: 'range' | 'if' | 'with' }>, dot: Argument): Jump {
    const value = this.#pipeline(node.pipe, dot);
    const { variables, assign } = node.pipe;
    let empty = true;
    for (const [key, element] of entries(value, variables.length)) {
      empty = false;
      this.#step();
      const [first, second] = variables;
      const values = second === undefined ? [element] : [key, element];
      const names = [first, second].slice(0, variables.length) as string[];
      const jump = this.#scoped(() => {
        if (assign) for (const [i, name] of names.entries()) this.#assign(name, values[i]);
        else this.#setTop(values.slice(0, names.length));
        return this.walk(node.body, element);
      });
      if (jump === 'break') return undefined;
    }
    return empty ? this.walk(node.otherwise, dot) : undefined;
  }

  /** The pipeline has declared the range's variables; each turn gives them new values. */
  #setTop(values: readonly Argument[]): void {
    const start = this.#variables.length - values.length;
    for (const [i, value] of values.entries()) this.#variables[start + i]!.value = value;
  }

  #template(name: string, pipe: Pipeline | undefined, dot: Argument): void {
    const body = this.#run.templates.get(name);
    if (body === undefined) throw new TemplateError(`template ${name} not defined`);
    if (this.#depth >= MAX_DEPTH) throw new TemplateUnsupported(`templates nested deeper than ${MAX_DEPTH}`);
    const data = pipe === undefined ? undefined : this.#pipeline(pipe, dot);
    new Scope(this.#run, data, this.#depth + 1).walk(body, data);
  }

  #pipeline(pipe: Pipeline, dot: Argument): Argument {
    let value: Final = NONE;
    for (const command of pipe.commands) {
      const result: Argument = this.#command(command, dot, value);
      value = result?.kind === 'nil' ? undefined : result;
    }
    const last = value === NONE ? undefined : value;
    for (const name of pipe.variables) {
      if (pipe.assign) this.#assign(name, last);
      else this.#variables.push({ name, value: last });
    }
    return last;
  }

  #assign(name: string, value: Argument): void {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (variable === undefined) throw new TemplateError(`undefined variable: ${name}`);
    variable.value = value;
  }

  #command(command: Command, dot: Argument, final: Final): Argument {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    if (first.kind === 'function') return this.#call(first.name, rest, dot, final);
    if (first.kind === 'nil') throw new TemplateError('nil is not a command');
    const hasArguments = rest.length > 0 || final !== NONE;
    if (hasArguments) this.#checkNotCalled(first, dot);
    return this.#operand(first, dot);
  }

  /** Only functions take arguments; a field of nothing is the one thing that ignores them. */
  #checkNotCalled(operand: Operand, dot: Argument): void {
    const path =
      operand.kind === 'field' || operand.kind === 'chain' || operand.kind === 'variable' ? operand.path : [];
    if (path.length > 0) {
      const owner = this.#operand({ ...operand, path: path.slice(0, -1) } as Operand, dot);
      if (owner === undefined) return;
    }
    throw new TemplateError(`can't give argument to non-function`);
  }

  #operand(operand: Operand, dot: Argument): Argument {
    switch (operand.kind) {
      case 'constant':
        return operand.value;
      case 'nil':
        return undefined;
      case 'dot':
        return dot;
      case 'field':
        return fieldOf(dot, operand.path);
      case 'variable':
        return fieldOf(this.#variable(operand.name), operand.path);
      case 'function':
        return this.#call(operand.name, [], dot, NONE);
      case 'pipe':
        return this.#pipeline(operand.pipe, dot);
      case 'chain':
      default:
        return fieldOf(this.#operand(operand.base, dot), operand.path);
    }
  }

  #variable(name: string): Argument {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (variable === undefined) throw new TemplateError(`undefined variable: ${name}`);
    return variable.value;
  }

  #call(name: string, operands: readonly Operand[], dot: Argument, final: Final): Argument {
    const values: Argument[] = [];
    for (const operand of operands) {
      const value = this.#operand(operand, dot);
      if (stopsEarly(name, value)) return value;
      values.push(value);
    }
    if (final !== NONE) values.push(final);
    for (const value of values) this.#step(lengthOf(value) / CHARACTERS_PER_STEP);
    const result = callFunction(name, values);
    this.#step(lengthOf(result) / CHARACTERS_PER_STEP);
    return result;
  }
}

function lengthOf(value: Argument): number {
  return value?.kind === 'string' ? value.value.length : 0;
}

/** A field of a field…: of an object that lacks it nothing, of null or of another value an error. */
function fieldOf(base: Argument, path: readonly string[]): Argument {
  let value = base;
  for (const name of path) {
    if (value === undefined) return undefined;
    if (value.kind !== 'map') throw new TemplateError(`can't evaluate field ${name}`);
    value = value.value.get(name);
  }
  return value;
}

function* entries(value: Argument, variables: number): Generator<[Argument, Argument]> {
  if (value === undefined) return;
  if (value.kind === 'slice') {
    for (const [i, element] of value.value.entries()) {
      yield [{ kind: 'int', type: 'int', value: BigInt(i) }, element];
    }
  } else if (value.kind === 'map') {
    for (const [key, element] of value.value) yield [{ kind: 'string', type: 'string', value: key }, element];
  } else if (value.kind === 'int' && variables < 2) {
    for (let i = 0n; i < value.value; i++) yield [undefined, { ...value, value: i }];
  } else throw new TemplateError(`range can't iterate over ${value.kind}`);
}
