import type { WorkBudget } from '../work-budget.ts';

/** Where in a document a value stands: the last name or index, and what it is in. */
export interface Path {
  readonly name: string;
  readonly parent: Path | undefined;
}

export const ROOT: Path = { name: '(Root)', parent: undefined };

export function inside(parent: Path, name: string | number): Path {
  return { name: String(name), parent };
}

/** Names and indices with dots between; `(Root)` for the document itself. */
export function fieldText(path: Path): string {
  const names: string[] = [];
  for (let at: Path | undefined = path; at?.parent !== undefined; at = at.parent) names.push(at.name);
  return names.length === 0 ? ROOT.name : names.reverse().join('.');
}

export interface Violation {
  readonly type: string;
  readonly at: Path;
  /** OPA's text; told what is wrong only when somebody is told: of most branches nobody is. */
  readonly description: (field: string) => string;
}

/** What one validation may spend, with all that it tries. */
export interface Run {
  readonly work: WorkBudget;
  /** Characters looked at times instructions of patterns. */
  readonly patterns: WorkBudget;
  /** Schemas within each other at this moment. */
  depth: number;
}

/** What a schema has to say on a value. */
export class Outcome {
  readonly run: Run;
  readonly violations: Violation[] = [];
  /** How much fits: of several alternatives that all fail, the errors of the one with the most are told. */
  score: number = 0;

  constructor(run: Run) {
    this.run = run;
  }

  get valid(): boolean {
    return this.violations.length === 0;
  }

  add(type: string, at: Path, description: string | ((field: string) => string)): void {
    this.violations.push({
      type,
      at,
      description: typeof description === 'string' ? () => description : description,
    });
    this.score -= 2;
  }

  merge(other: Outcome): void {
    this.run.work.spend(other.violations.length);
    for (const violation of other.violations) this.violations.push(violation);
    this.score += other.score;
  }
}
