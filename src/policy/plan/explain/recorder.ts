import type { RegoValue } from '../../value.ts';
import type { EntrypointPlan, Plan, PlanFunction, PlanLocation, Statement } from '../ir.ts';
import type { Locals, PlanTracer } from '../tracer.ts';
import { excerpt, MASKED } from './excerpt.ts';
import type { BuiltinCall, ExplanationLimits } from './explanation.ts';
import { Flow } from './flow.ts';
import { type ExpressionOutline, type Outline, outlineOf, type Site } from './outline.ts';
import { type ExpressionRecord, printed, type RuleRecord, recordOf, type SampleRecord } from './records.ts';
import { isEmpty, type SampledValue, sampledValues } from './sampled-values.ts';
import { type SecretTexts, takesSecrets } from './secrets.ts';
import { joinTaints, type Taint, taintAt } from './taint.ts';

interface Frame {
  readonly callee: PlanFunction | EntrypointPlan;
  readonly outline: Outline;
  /** Undefined beyond the limit. */
  readonly record: RuleRecord | undefined;
  readonly flow: Flow;
  statement: Statement | undefined;
  call: LastCall | undefined;
}

interface LastCall {
  readonly expression: ExpressionOutline;
  readonly name: string;
  readonly args: readonly RegoValue[];
  readonly taints: readonly Taint[];
  readonly result: RegoValue | undefined;
  readonly resultTaint: Taint;
  readonly error: string | undefined;
}

export interface RecorderOptions {
  readonly plan: Plan;
  readonly limits: ExplanationLimits;
  /** Of the input. */
  readonly inputTaint: Taint;
  /** Of the entrypoint's value, beyond what comes from the input. */
  readonly resultTaint: Taint;
  readonly secrets: SecretTexts;
}

/** Watches one evaluation and keeps what explains it, within the limits. Values become text at once: later they may be others. */
export class Recorder implements PlanTracer {
  readonly rules: RuleRecord[] = [];
  readonly roots: number[] = [];
  readonly prints: { at: PlanLocation | undefined; text: string }[] = [];
  value: string | undefined;
  omittedRules = 0;
  omittedSamples = 0;
  /** What ran last. */
  lastPlace: PlanLocation | undefined;
  readonly #options: RecorderOptions;
  readonly #frames: Frame[] = [];
  /** Of what rules gave. */
  readonly #given = new Map<PlanFunction, Taint>();
  readonly #byCallee = new Map<PlanFunction, number>();
  /** Of the arguments of the call at work. */
  #pending: readonly Taint[] = [];
  /** Of the entrypoint's value. */
  #valueTaint: Taint;
  #length = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  enter(callee: PlanFunction | EntrypointPlan, args: Locals): void {
    const isRule = 'params' in callee;
    const taints = isRule ? this.#pending : [this.#options.inputTaint];
    if (!isRule) {
      this.#options.secrets.addHidden(args[0], this.#options.inputTaint);
      this.#options.secrets.addCredentials(args[0]);
    }
    const params = isRule ? callee.params : [0, 1];
    this.#frames.push({
      callee,
      outline: outlineOf(callee),
      record: isRule ? this.#record(callee, args, taints) : undefined,
      flow: new Flow(this.#options.plan, params, taints),
      statement: undefined,
      call: undefined,
    });
  }

  leave(callee: PlanFunction | EntrypointPlan, result: RegoValue | undefined): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    if (!('result' in callee)) {
      this.#leaveEntrypoint(result);
      return;
    }
    const taint = frame.flow.of(callee.result);
    // A rule may be evaluated again where `with` changed what it sees.
    if (callee.params.length === 2) this.#given.set(callee, joinTaints(this.#given.get(callee), taint));
    this.#returned(taint);
    if (frame.record !== undefined && result !== undefined) frame.record.value = this.#text(result, taint);
  }

  remembered(callee: PlanFunction): void {
    this.#returned(this.#given.get(callee));
    const index = this.#byCallee.get(callee);
    if (index !== undefined) this.#refer(index);
  }

  step(statement: Statement, locals: Locals): void {
    const frame = this.#frames.at(-1)!;
    const site = frame.outline.sites.get(statement);
    frame.statement = statement;
    if (statement.at.row > 0) this.lastPlace = statement.at;
    const args = frame.flow.step(statement, site, locals);
    if (args !== undefined) this.#pending = args;
    if (statement.op === 'ResultSetAdd') this.#valueTaint = taintAt(frame.flow.of(statement.value), 'result');
    const expression = site?.expression;
    if (expression === undefined || frame.record === undefined) return;
    const record = recordOf(frame.record, expression);
    if (statement === expression.first) {
      record.tried++;
      frame.call = undefined;
    }
    if (statement.op === 'Scan' && site!.decides && isEmpty(locals[statement.source])) {
      this.#fail(record, frame, expression, site!, statement, locals);
    }
    if (statement === expression.last) {
      record.held++;
      if (record.success === undefined && record.failures.length === 0 && statement.op !== 'Not') {
        record.success = this.#sample(frame, expression, site!, statement, locals, true);
      }
    }
  }

  undefinedAt(statement: Statement, locals: Locals): void {
    const frame = this.#frames.at(-1)!;
    if (frame.record === undefined) return;
    const site = frame.outline.sites.get(statement);
    if (frame.outline.clauses.some(({ guard }) => guard === statement)) frame.record.skipped.add(statement);
    if (site?.expression === undefined || !site.decides) return;
    const record = recordOf(frame.record, site.expression);
    if (statement === site.expression.last) {
      record.held--;
      if (record.held === 0) record.success = undefined;
    }
    this.#fail(record, frame, site.expression, site, statement, locals);
  }

  builtin(
    name: string,
    args: readonly RegoValue[],
    result: RegoValue | undefined,
    error: string | undefined,
  ): void {
    const frame = this.#frames.at(-1)!;
    const { statement } = frame;
    if (statement?.op !== 'Call') return;
    const taints = statement.args.map((arg) => frame.flow.of(arg));
    const hidden = taints.some((taint) => taint !== undefined);
    if (takesSecrets(name)) for (const arg of args) this.#options.secrets.addOperand(arg);
    if (name === 'internal.print' || name === 'trace') this.#print(statement, args, hidden);
    const expression = frame.outline.sites.get(statement)?.expression;
    if (expression === undefined || frame.record === undefined) return;
    const record = recordOf(frame.record, expression);
    record.builtins.set(name, (record.builtins.get(name) ?? 0) + 1);
    // Messages may quote what the builtin was called with.
    const message = error === undefined ? undefined : hidden || takesSecrets(name) ? name : error;
    if (message !== undefined && record.errors.size < this.#options.limits.maxSamplesPerExpression) {
      record.errors.add(message);
    }
    const resultTaint = frame.flow.of(statement.result);
    frame.call = { expression, name, args, taints, result, resultTaint, error: message };
  }

  #fail(
    { failures }: ExpressionRecord,
    frame: Frame,
    expression: ExpressionOutline,
    site: Site,
    statement: Statement,
    locals: Locals,
  ): void {
    if (failures.length < this.#options.limits.maxSamplesPerExpression) {
      failures.push(this.#sample(frame, expression, site, statement, locals, false));
    } else this.omittedSamples++;
  }

  #leaveEntrypoint(result: RegoValue | undefined): void {
    const [bindings] = result instanceof Set ? result : [];
    const value = bindings instanceof Map ? bindings.get('result') : undefined;
    if (value === undefined) return;
    const { resultTaint, secrets, limits } = this.#options;
    secrets.addHidden(value, resultTaint);
    this.value = excerpt(value, joinTaints(this.#valueTaint, resultTaint), limits.maxResultLength);
  }

  #returned(taint: Taint): void {
    const caller = this.#frames.at(-1);
    if (caller?.statement !== undefined) caller.flow.returned(caller.statement, taint);
  }

  #record(callee: PlanFunction, args: Locals, taints: readonly Taint[]): RuleRecord | undefined {
    const { maxRules } = this.#options.limits;
    const asker = this.#asker();
    const full = this.rules.length >= maxRules || (asker !== undefined && this.#hasEnough(asker));
    if (full || (this.#frames.length > 1 && this.#frames.at(-1)!.record === undefined)) {
      this.omittedRules++;
      return undefined;
    }
    const index = this.rules.length;
    const record: RuleRecord = {
      callee,
      outline: outlineOf(callee),
      args: args
        .slice(2)
        .map((arg, at) => (arg === undefined ? 'undefined' : this.#text(arg, taints[at + 2]))),
      value: undefined,
      expressions: new Map(),
      skipped: new Set(),
    };
    this.rules.push(record);
    if (callee.params.length === 2) this.#byCallee.set(callee, index);
    this.#refer(index);
    return record;
  }

  /** The expression at work asked a rule. */
  #refer(index: number): void {
    const asker = this.#asker();
    if (asker !== undefined && !asker.rules.includes(index)) {
      if (!this.#hasEnough(asker)) asker.rules.push(index);
    } else if (this.#frames.length === 1 && !this.roots.includes(index)) this.roots.push(index);
  }

  #hasEnough({ rules }: ExpressionRecord): boolean {
    return rules.length >= this.#options.limits.maxRulesPerExpression;
  }

  #asker(): ExpressionRecord | undefined {
    const frame = this.#frames.at(-1);
    if (frame?.record === undefined || frame.statement === undefined) return undefined;
    const expression = frame.outline.sites.get(frame.statement)?.expression;
    return expression && recordOf(frame.record, expression);
  }

  #sample(
    frame: Frame,
    expression: ExpressionOutline,
    site: Site,
    statement: Statement,
    locals: Locals,
    held: boolean,
  ): SampleRecord {
    if (this.#length >= this.#options.limits.maxTotalLength) {
      this.omittedSamples++;
      return { values: [], call: undefined };
    }
    const show = ({ at, name, value, taint }: SampledValue): SampleRecord['values'][number] => ({
      at,
      named: { name, value: value === undefined ? undefined : this.#text(value, taint) },
    });
    const call = frame.call?.expression === expression ? frame.call : undefined;
    const values = sampledValues(expression, site, statement, locals, (local) => frame.flow.of(local), held);
    // What the call gave is said there.
    const shown = values.filter(({ name, value }) => name !== 'value' || value !== call?.result);
    return { values: shown.map(show), call: call && this.#callOf(call) };
  }

  #callOf({ name, args, taints, result, resultTaint, error }: LastCall): BuiltinCall {
    const secret = takesSecrets(name);
    return {
      name,
      args: args.map((arg, index) => (secret ? JSON.stringify(MASKED) : this.#text(arg, taints[index]))),
      result: result === undefined ? undefined : this.#text(result, resultTaint),
      error,
    };
  }

  #print(statement: Statement, args: readonly RegoValue[], hidden: boolean): void {
    if (this.prints.length >= this.#options.limits.maxPrints) return;
    const text = hidden ? MASKED : printed(args[0], this.#options.limits.maxValueLength);
    this.prints.push({ at: statement.at.row > 0 ? statement.at : this.lastPlace, text });
  }

  #text(value: RegoValue, taint: Taint): string {
    const text = excerpt(value, taint, this.#options.limits.maxValueLength);
    this.#length += text.length;
    return text;
  }
}
