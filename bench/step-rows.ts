/** The steps of a run beside those of the one that was kept. */
import type { Figure, Figures } from './measure.ts';

export interface StepResult {
  readonly machine: string;
  readonly date: string;
  readonly groups: Readonly<Record<string, Figures>>;
}

export interface StepRow {
  /** Group and step. */
  readonly step: string;
  readonly figure: Figure;
  readonly earlier: Figure | undefined;
  /** In words; empty where the rounds of both overlap, or differ by less than noise does. */
  readonly change: string;
}

/** Short runs of busy machines differ by this much. */
const NOISE = 1.15;

export function stepRows(now: StepResult, before: StepResult | undefined): readonly StepRow[] {
  return Object.entries(now.groups).flatMap(([group, steps]) =>
    Object.entries(steps).map(([name, figure]): StepRow => {
      const earlier = before?.groups[group]?.[name];
      return { step: `${group}: ${name}`, figure, earlier, change: changeOf(figure, earlier) };
    }),
  );
}

function changeOf(now: Figure, before: Figure | undefined): string {
  if (before === undefined) return '';
  const times = now.us / before.us;
  if (now.least > before.most && times >= NOISE) return `${times.toFixed(2)}× slower`;
  if (now.most < before.least && times <= 1 / NOISE) return `${(1 / times).toFixed(2)}× faster`;
  return '';
}
