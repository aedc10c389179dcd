import { isEmptyTemplate, type TemplateNode } from './go-template-ast.ts';
import { TemplateError, TemplateUnsupported } from './go-template-error.ts';
import { lexTemplate, type Token } from './go-template-lexer.ts';
import { unquote } from './go-template-literals.ts';
import { PipelineParser } from './go-template-pipeline.ts';
import { TokenReader } from './go-template-reader.ts';

/** Definitions by their name; the template itself is the one called `template`. */
export type Templates = ReadonlyMap<string, readonly TemplateNode[]>;

export const MAIN_TEMPLATE = 'template';

/** Go's own limits are higher; here they would overflow the stack. */
const MAX_DEPTH = 200;

/** Parses a template of Go's text/template. `functions` are the names that it may call. Throws TemplateError. */
export function parseTemplate(source: string, functions: ReadonlySet<string>): Templates {
  return new Parser(lexTemplate(source), functions).parse();
}

/** What ended a list of nodes. */
type End = 'end' | 'else' | 'else if' | 'else with';

class Parser {
  readonly #reader: TokenReader;
  readonly #pipelines: PipelineParser;
  readonly #templates = new Map<string, readonly TemplateNode[]>();
  #depth = 0;
  #ranges = 0;

  constructor(tokens: readonly Token[], functions: ReadonlySet<string>) {
    this.#reader = new TokenReader(tokens);
    this.#pipelines = new PipelineParser(this.#reader, functions);
  }

  parse(): Templates {
    const nodes: TemplateNode[] = [];
    while (this.#reader.peek().kind !== 'end of text') {
      if (this.#isDefinition()) this.#definition();
      else {
        const node = this.#node();
        if (typeof node === 'string') throw new TemplateError(`unexpected {{${node}}}`);
        nodes.push(node);
      }
    }
    this.#add(MAIN_TEMPLATE, nodes);
    return this.#templates;
  }

  #isDefinition(): boolean {
    if (this.#reader.peek().kind !== 'left') return false;
    const start = this.#reader.position;
    this.#reader.next();
    const first = this.#reader.peekPastSpace();
    this.#reader.goBack(start);
    return first.kind === 'keyword' && first.text === 'define';
  }

  #definition(): void {
    this.#reader.next();
    this.#reader.nextPastSpace();
    const name = unquote(this.#reader.expect('string').text);
    this.#reader.expect('right');
    this.#add(name, this.#separately());
  }

  /** A body with variables and ranges of its own, up to its end. */
  #separately(): TemplateNode[] {
    const [variables, ranges] = [this.#pipelines.variables, this.#ranges];
    this.#pipelines.variables = ['$'];
    this.#ranges = 0;
    const { nodes, end } = this.#list();
    if (end !== 'end') throw new TemplateError(`unexpected {{${end}}}`);
    this.#pipelines.variables = variables;
    this.#ranges = ranges;
    return nodes;
  }

  /** An empty definition gives way to another one; two others are a mistake. */
  #add(name: string, nodes: readonly TemplateNode[]): void {
    const known = this.#templates.get(name);
    if (known === undefined || isEmptyTemplate(known)) this.#templates.set(name, nodes);
    else if (!isEmptyTemplate(nodes)) throw new TemplateError(`multiple definition of template ${name}`);
  }

  #list(): { nodes: TemplateNode[]; end: End } {
    const nodes: TemplateNode[] = [];
    if (++this.#depth > MAX_DEPTH) throw new TemplateUnsupported(`nesting deeper than ${MAX_DEPTH}`);
    while (this.#reader.peek().kind !== 'end of text') {
      const node = this.#node();
      if (typeof node === 'string') {
        this.#depth--;
        return { nodes, end: node };
      }
      nodes.push(node);
    }
    throw new TemplateError('unexpected EOF');
  }

  #node(): TemplateNode | End {
    const token = this.#reader.next();
    if (token.kind === 'text') return { kind: 'text', text: token.text };
    const first = this.#reader.peekPastSpace();
    if (first.kind !== 'keyword') return { kind: 'action', pipe: this.#pipelines.parse('action', 'right') };
    this.#reader.nextPastSpace();
    return this.#keyword(first.text);
  }

  #keyword(word: string): TemplateNode | End {
    switch (word) {
      case 'end':
        this.#reader.expect('right');
        return 'end';
      case 'else':
        return this.#else();
      case 'if':
      case 'with':
      case 'range':
        return this.#control(word);
      case 'break':
      case 'continue':
        this.#reader.expect('right');
        if (this.#ranges === 0) throw new TemplateError(`{{${word}}} outside {{range}}`);
        return { kind: word };
      case 'template':
        return this.#template();
      case 'block': {
        const name = unquote(this.#reader.expect('string').text);
        const pipe = this.#pipelines.parse('block', 'right');
        this.#add(name, this.#separately());
        return { kind: 'template', name, pipe };
      }
      default:
        throw new TemplateError(`unexpected {{${word}}}`);
    }
  }

  #else(): End {
    const next = this.#reader.peekPastSpace();
    if (next.kind === 'keyword' && (next.text === 'if' || next.text === 'with')) return `else ${next.text}`;
    this.#reader.expect('right');
    return 'else';
  }

  #template(): TemplateNode {
    const name = unquote(this.#reader.expect('string').text);
    if (this.#reader.peekPastSpace().kind === 'right') {
      this.#reader.nextPastSpace();
      return { kind: 'template', name, pipe: undefined };
    }
    return { kind: 'template', name, pipe: this.#pipelines.parse('template', 'right') };
  }

  #control(kind: 'if' | 'with' | 'range'): TemplateNode {
    const declared = this.#pipelines.variables.length;
    const pipe = this.#pipelines.parse(kind, 'right');
    if (kind === 'range') this.#ranges++;
    const { nodes: body, end } = this.#list();
    if (kind === 'range') this.#ranges--;
    const otherwise = end === 'end' ? [] : this.#otherwise(kind, end);
    this.#pipelines.variables.length = declared;
    return { kind, pipe, body, otherwise };
  }

  #otherwise(kind: 'if' | 'with' | 'range', end: End): readonly TemplateNode[] {
    if (end === `else ${kind}` && kind !== 'range') {
      this.#reader.nextPastSpace();
      if (++this.#depth > MAX_DEPTH) throw new TemplateUnsupported(`nesting deeper than ${MAX_DEPTH}`);
      const control = this.#control(kind);
      this.#depth--;
      return [control];
    }
    if (end !== 'else') throw new TemplateError(`unexpected {{${end}}} in ${kind}`);
    const { nodes, end: last } = this.#list();
    if (last !== 'end') throw new TemplateError(`expected end; found {{${last}}}`);
    return nodes;
  }
}
