import type { Command, Operand, Pipeline } from './go-template-ast.ts';
import { TemplateError, TemplateUnsupported } from './go-template-error.ts';
import type { Token, TokenKind } from './go-template-lexer.ts';
import { characterLiteral, numberLiteral, unquote } from './go-template-literals.ts';
import type { TokenReader } from './go-template-reader.ts';
import type { GoValue } from './go-value.ts';

/** Go allows more; here it would overflow the stack. */
const MAX_PARENTHESES = 100;

/** Of one function; more would overflow the stack. */
const MAX_ARGUMENTS = 1_000;

/** Variables known at one place: each use looks for its own among them. */
const MAX_VARIABLES = 1_000;

/** Reads pipelines: what stands between `{{` and `}}` or in parentheses. */
export class PipelineParser {
  /** The variables that are known at this place. */
  variables: string[] = ['$'];
  readonly #reader: TokenReader;
  readonly #functions: ReadonlySet<string>;
  #depth = 0;

  constructor(reader: TokenReader, functions: ReadonlySet<string>) {
    this.#reader = reader;
    this.#functions = functions;
  }

  /** A pipeline up to the token that ends it. */
  parse(context: string, end: TokenKind): Pipeline {
    const { variables, assign } = this.#declarations(context);
    const commands: Command[] = [];
    while (this.#reader.peekPastSpace().kind !== end) commands.push(this.#command());
    this.#reader.nextPastSpace();
    if (commands.length === 0) throw new TemplateError(`missing value for ${context}`);
    const idle = commands
      .slice(1)
      .some(([first]) => first!.kind === 'constant' || first!.kind === 'dot' || first!.kind === 'nil');
    if (idle) throw new TemplateError('non executable command in pipeline');
    return { variables, assign, commands };
  }

  /** `$x :=`, `$x =` or, for ranges, `$i, $x :=`. */
  #declarations(context: string): { variables: string[]; assign: boolean } {
    const start = this.#reader.position;
    const first = this.#variableName();
    let next = first === undefined ? undefined : this.#reader.peekPastSpace();
    if (first === undefined || next === undefined || !/^(?:assign|declare)$|^,$/.test(kindOrComma(next))) {
      this.#reader.goBack(start);
      return { variables: [], assign: false };
    }
    const variables = [first];
    if (next.kind === 'char') {
      this.#reader.nextPastSpace();
      const second = context === 'range' ? this.#variableName() : undefined;
      next = this.#reader.peekPastSpace();
      if (second === undefined || !/^(?:assign|declare)$/.test(next.kind)) {
        throw new TemplateError(`${context} can only initialize variables`);
      }
      variables.push(second);
    }
    this.#reader.nextPastSpace();
    this.variables.push(...variables);
    if (this.variables.length > MAX_VARIABLES) {
      throw new TemplateUnsupported(`more than ${MAX_VARIABLES} variables`);
    }
    return { variables, assign: next.kind === 'assign' };
  }

  #variableName(): string | undefined {
    return this.#reader.peekPastSpace().kind === 'variable' ? this.#reader.nextPastSpace().text : undefined;
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.#reader.peekPastSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      if (operands.length > MAX_ARGUMENTS)
        throw new TemplateUnsupported(`more than ${MAX_ARGUMENTS} arguments`);
      const next = this.#reader.peek();
      if (next.kind === 'space') continue;
      if (next.kind === 'pipe') this.#reader.next();
      else if (next.kind !== 'right' && next.kind !== 'close') {
        throw new TemplateError(`unexpected ${next.text} in operand`);
      }
      if (operands.length === 0) throw new TemplateError('empty command');
      return operands;
    }
  }

  #operand(): Operand | undefined {
    const base = this.#term();
    if (base === undefined) return undefined;
    const path: string[] = [];
    while (this.#reader.peek().kind === 'field') path.push(this.#reader.next().text);
    if (path.length === 0) return base;
    if (base.kind === 'field' || base.kind === 'variable') return { ...base, path: [...base.path, ...path] };
    if (base.kind === 'constant' || base.kind === 'nil' || base.kind === 'dot') {
      throw new TemplateError('unexpected . after term');
    }
    return { kind: 'chain', base, path };
  }

  #term(): Operand | undefined {
    const token = this.#reader.peek();
    if (token.kind === 'open') return this.#parenthesized();
    const operand = this.#simpleTerm(token);
    if (operand !== undefined) this.#reader.next();
    return operand;
  }

  #simpleTerm(token: Token): Operand | undefined {
    if (token.kind === 'dot' || token.kind === 'nil') return { kind: token.kind };
    if (token.kind === 'field') return { kind: 'field', path: [token.text] };
    if (token.kind === 'identifier') {
      if (!this.#functions.has(token.text)) throw new TemplateError(`function ${token.text} not defined`);
      return { kind: 'function', name: token.text };
    }
    if (token.kind === 'variable') {
      if (!this.variables.includes(token.text)) throw new TemplateError(`undefined variable ${token.text}`);
      return { kind: 'variable', name: token.text, path: [] };
    }
    const value = this.#constant(token);
    return value === undefined ? undefined : { kind: 'constant', value };
  }

  #constant({ kind, text }: Token): GoValue | undefined {
    if (kind === 'bool') return { kind: 'bool', value: text === 'true' };
    if (kind === 'character') return characterLiteral(text);
    if (kind === 'string') return { kind: 'string', type: 'string', value: unquote(text) };
    if (kind !== 'number') return undefined;
    return numberLiteral(text);
  }

  #parenthesized(): Operand {
    if (++this.#depth > MAX_PARENTHESES)
      throw new TemplateUnsupported(`nesting deeper than ${MAX_PARENTHESES}`);
    this.#reader.next();
    const pipe = this.parse('parenthesized pipeline', 'close');
    this.#depth--;
    return { kind: 'pipe', pipe };
  }
}

function kindOrComma(token: Token): string {
  return token.kind === 'char' && token.text === ',' ? ',' : token.kind;
}
