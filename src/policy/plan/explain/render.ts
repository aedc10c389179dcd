import type {
  BuiltinCall,
  ClauseTrace,
  Explanation,
  ExpressionTrace,
  Place,
  RuleTrace,
  Sample,
} from './explanation.ts';
import { reasonsOf } from './reasons.ts';

export type PaintStyle = 'green' | 'red' | 'dim' | 'bold';
export type PaintText = (style: PaintStyle, text: string) => string;

const MAX_REASONS = 12;
const MARKS = { held: '+', failed: 'x', skipped: '.', not_reached: '.' } as const;
const STYLES = { held: 'green', failed: 'red', skipped: 'dim', not_reached: 'dim' } as const;

/**
 * An explanation as lines for people: where the clauses that matter failed, then every rule that was tried, in the order
 * of the sources. `+` held, `x` failed, `.` was not tried.
 */
export function renderExplanation(
  explanation: Explanation,
  paint: PaintText = (_style, text) => text,
): string {
  return new Renderer(explanation, paint).render();
}

class Renderer {
  readonly #explanation: Explanation;
  readonly #paint: PaintText;
  readonly #shown = new Set<number>();
  readonly #lines: string[] = [];

  constructor(explanation: Explanation, paint: PaintText) {
    this.#explanation = explanation;
    this.#paint = paint;
  }

  render(): string {
    const { error, roots, prints, omitted } = this.#explanation;
    if (error !== undefined) {
      const place = error.place.row === 0 ? '' : ` at ${placeText(error.place)}`;
      this.#lines.push(`${this.#paint('red', 'failed')}${place}: ${error.message}`, '');
    }
    this.#reasons();
    for (const root of roots) this.#rule(root);
    if (prints.length > 0) {
      this.#lines.push('', 'printed');
      for (const { place, text } of prints) this.#lines.push(`  ${this.#place(place)}  ${text}`);
    }
    if (omitted.rules > 0 || omitted.samples > 0) {
      const what = `${omitted.rules} evaluations of rules and ${omitted.samples} sets of values`;
      this.#lines.push('', this.#paint('dim', `left out: ${what}`));
    }
    return this.#lines.join('\n');
  }

  #reasons(): void {
    const reasons = reasonsOf(this.#explanation, MAX_REASONS);
    if (reasons.length === 0) return;
    this.#lines.push('where it failed');
    for (const { expression } of reasons) {
      this.#lines.push(`  ${this.#place(expression.place)}  ${expression.text}`);
      this.#samples(expression, '    ');
    }
    this.#lines.push('', 'all that was tried');
  }

  /** The rule, and below it those that it asked, each once. */
  #rule(index: number): void {
    const rule = this.#explanation.rules[index];
    if (rule === undefined || this.#shown.has(index)) return;
    this.#shown.add(index);
    this.#lines.push('', `${this.#paint('bold', callText(rule))} ${valueText(rule.value)}`);
    const asked: number[] = [];
    for (const clause of rule.clauses) asked.push(...this.#clause(clause));
    for (const each of asked) this.#rule(each);
  }

  /** Gives the rules that it asked. */
  #clause({ kind, outcome, head, expressions }: ClauseTrace): readonly number[] {
    const prefix = kind === 'default' ? 'default ' : '';
    this.#lines.push(`  ${this.#mark(outcome)} ${this.#place(head.place)}  ${prefix}${head.text}`);
    if (outcome === 'skipped') return [];
    const asked: number[] = [];
    // The arguments do not match, or the value is undefined.
    if (outcome === 'failed' && expressions.every((each) => each.outcome !== 'failed')) {
      this.#samples(head, '      ');
    }
    for (const expression of expressions) asked.push(...this.#expression(expression, '    '));
    for (const each of head.body) asked.push(...this.#expression(each, '    '));
    this.#asked(head.rules, '      ');
    return [...asked, ...head.rules];
  }

  #expression(expression: ExpressionTrace, indent: string): readonly number[] {
    const { outcome, place, text, tried, held, rules, body, errors } = expression;
    const often = tried > 1 ? this.#paint('dim', ` (held ${held} of ${tried} times)`) : '';
    this.#lines.push(`${indent}${this.#mark(outcome)} ${this.#place(place)}  ${text}${often}`);
    if (outcome === 'not_reached') return [];
    const below = `${indent}    `;
    this.#samples(expression, below);
    for (const error of errors) this.#lines.push(`${below}error: ${error}`);
    this.#asked(rules, below);
    return [...rules, ...body.flatMap((each) => this.#expression(each, below))];
  }

  #asked(rules: readonly number[], indent: string): void {
    for (const index of rules) {
      const rule = this.#explanation.rules[index];
      if (rule !== undefined) this.#lines.push(`${indent}${callText(rule)} ${valueText(rule.value)}`);
    }
  }

  #samples({ samples, outcome }: ExpressionTrace, indent: string): void {
    // What failed for single elements explains nothing where others held.
    const shown = outcome === 'held' ? samples.filter(({ held }) => held) : samples;
    for (const sample of shown) {
      const text = sampleText(sample);
      if (text !== '') this.#lines.push(`${indent}${this.#paint('dim', text)}`);
    }
  }

  #mark(outcome: keyof typeof MARKS): string {
    return this.#paint(STYLES[outcome], MARKS[outcome]);
  }

  #place(place: Place): string {
    return this.#paint('dim', placeText(place));
  }
}

function sampleText({ values, call }: Sample): string {
  const parts = values.map(
    ({ name, value }) => `${name} ${value === undefined ? 'is undefined' : `= ${value}`}`,
  );
  if (call !== undefined) parts.push(builtinText(call));
  return parts.join('; ');
}

function builtinText({ name, args, result, error }: BuiltinCall): string {
  const outcome = error === undefined ? valueText(result) : `erred: ${error}`;
  return `${name}(${args.join(', ')}) ${outcome}`;
}

function callText({ name, args }: RuleTrace): string {
  return args.length === 0 ? name : `${name}(${args.join(', ')})`;
}

function valueText(value: string | undefined): string {
  return value === undefined ? 'is undefined' : `= ${value}`;
}

/** `file:row`, as editors and terminals take it. */
function placeText({ file, row }: Place): string {
  return `${file}:${row}`;
}
