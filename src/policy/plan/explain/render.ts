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
    for (const root of roots) this.#rule(root, '');
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

  #rule(index: number, indent: string): void {
    const rule = this.#explanation.rules[index];
    if (rule === undefined) return;
    const title = `${indent}${this.#paint('bold', callText(rule))} ${valueText(rule.value)}`;
    if (this.#shown.has(index)) {
      this.#lines.push(`${title} ${this.#paint('dim', '(see above)')}`);
      return;
    }
    this.#shown.add(index);
    this.#lines.push(title);
    for (const clause of rule.clauses) this.#clause(clause, `${indent}  `);
  }

  #clause(clause: ClauseTrace, indent: string): void {
    const { outcome, head, expressions } = clause;
    const prefix = clause.kind === 'default' ? 'default ' : '';
    this.#lines.push(`${indent}${this.#mark(outcome)} ${this.#place(head.place)}  ${prefix}${head.text}`);
    if (outcome === 'skipped') return;
    const failed = outcome === 'failed' && expressions.every((each) => each.outcome !== 'failed');
    if (failed) this.#samples(head, `${indent}    `);
    for (const expression of expressions) this.#expression(expression, `${indent}    `);
    for (const index of head.rules) this.#rule(index, `${indent}    `);
    for (const each of head.body) this.#expression(each, `${indent}    `);
  }

  #expression(expression: ExpressionTrace, indent: string): void {
    const { outcome, place, text, tried, held, rules, body, errors } = expression;
    const often = tried > 1 ? this.#paint('dim', ` (held ${held} of ${tried} times)`) : '';
    this.#lines.push(`${indent}${this.#mark(outcome)} ${this.#place(place)}  ${text}${often}`);
    if (outcome === 'not_reached') return;
    this.#samples(expression, `${indent}    `);
    for (const error of errors) this.#lines.push(`${indent}    error: ${error}`);
    for (const each of body) this.#expression(each, `${indent}    `);
    for (const index of rules) this.#rule(index, `${indent}    `);
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
