import type { PortcullisError } from '../../../errors.ts';
import type { PlanLocation } from '../ir.ts';
import type {
  ClauseTrace,
  Explanation,
  ExplanationLimits,
  ExpressionTrace,
  RuleTrace,
  Sample,
} from './explanation.ts';
import type { ClauseOutline, ExpressionOutline } from './outline.ts';
import { placeOf, type SourceTexts } from './ranges.ts';
import type { Recorder } from './recorder.ts';
import type { ExpressionRecord, RuleRecord, SampleRecord } from './records.ts';
import type { SecretTexts } from './secrets.ts';

const NOWHERE: PlanLocation = { file: '', row: 0, col: 0, endRow: 0, endCol: 0 };

/** Makes an explanation of what was recorded: with texts from the sources, and without secrets in any text. */
export class ExplanationWriter {
  readonly #sources: SourceTexts;
  readonly #secrets: SecretTexts;
  readonly #limits: ExplanationLimits;

  constructor(sources: SourceTexts, secrets: SecretTexts, limits: ExplanationLimits) {
    this.#sources = sources;
    this.#secrets = secrets;
    this.#limits = limits;
  }

  write(entrypoint: string, recorder: Recorder, error: PortcullisError | undefined): Explanation {
    return {
      entrypoint,
      value: this.#scrub(recorder.value),
      error: error && {
        code: error.code,
        message: this.#secrets.scrub(error.message),
        place: placeOf(recorder.lastPlace ?? NOWHERE),
      },
      rules: recorder.rules.map((rule) => this.#rule(rule)),
      roots: recorder.roots,
      prints: recorder.prints.map(({ at, text }) => ({
        place: placeOf(at ?? NOWHERE),
        text: this.#secrets.scrub(text),
      })),
      omitted: { rules: recorder.omittedRules, samples: recorder.omittedSamples },
    };
  }

  #rule(rule: RuleRecord): RuleTrace {
    return {
      name: rule.callee.name.replace(/^g\d+\./, ''),
      args: rule.args.map((arg) => this.#secrets.scrub(arg)),
      value: this.#scrub(rule.value),
      clauses: rule.outline.clauses.map((clause) => this.#clause(clause, rule)),
    };
  }

  #clause({ kind, head, expressions, guard }: ClauseOutline, rule: RuleRecord): ClauseTrace {
    const { held = 0 } = rule.expressions.get(head) ?? {};
    const skipped = guard !== undefined && rule.skipped.has(guard);
    return {
      kind,
      outcome: held > 0 ? 'held' : skipped ? 'skipped' : 'failed',
      head: this.#expression(head, rule),
      expressions: expressions.map((expression) => this.#expression(expression, rule)),
    };
  }

  #expression(outline: ExpressionOutline, { expressions, ...rule }: RuleRecord): ExpressionTrace {
    const record: ExpressionRecord | undefined = expressions.get(outline);
    const { tried = 0, held = 0 } = record ?? {};
    return {
      place: placeOf(outline.at),
      text: this.#textAt(outline.at),
      outcome: held > 0 ? 'held' : tried > 0 ? 'failed' : 'not_reached',
      tried,
      held,
      samples: this.#samples(record),
      rules: record?.rules ?? [],
      builtins: Object.fromEntries(record?.builtins ?? []),
      errors: Array.from(record?.errors ?? [], (message) => this.#secrets.scrub(message)),
      body: outline.body.map((each) => this.#expression(each, { expressions, ...rule })),
    };
  }

  #samples(record: ExpressionRecord | undefined): Sample[] {
    if (record === undefined) return [];
    if (record.failures.length > 0) return record.failures.map((failure) => this.#sample(failure, false));
    return record.success === undefined ? [] : [this.#sample(record.success, true)];
  }

  #sample({ values, call }: SampleRecord, held: boolean): Sample {
    return {
      held,
      values: values.map(({ at, named }) => ({
        name: at === undefined ? named.name : this.#textAt(at),
        value: this.#scrub(named.value),
      })),
      call: call && {
        name: call.name,
        args: call.args.map((arg) => this.#secrets.scrub(arg)),
        result: this.#scrub(call.result),
        error: this.#scrub(call.error),
      },
    };
  }

  #textAt(at: PlanLocation): string {
    return this.#secrets.scrub(this.#sources.textAt(at, this.#limits.maxSourceLength));
  }

  #scrub(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.#secrets.scrub(text);
  }
}
