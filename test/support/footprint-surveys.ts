/** The footprints of demo and corpus, with what of them can be forgotten. */
import type { Footprint } from '../../src/policy/plan/footprint.ts';
import { casesWithInput, visitCases } from './footprint-cases.ts';
import { readCorpus } from './footprint-corpus.ts';
import { readDemo } from './footprint-demo.ts';
import type { Group } from './footprint-page.ts';
import { type Survey, surveyOf } from './footprint-survey.ts';

export interface Surveys {
  readonly groups: readonly Group[];
  readonly surveys: readonly Survey[];
}

let once: Promise<Surveys> | undefined;

/** Found out once a process. */
export function demoAndCorpus(): Promise<Surveys> {
  once ??= survey();
  return once;
}

async function survey(): Promise<Surveys> {
  const groups: Group[] = [];
  const surveys: Survey[] = [];
  for (const [title, { bench, entrypoints }] of [
    ['Demo', await readDemo()],
    ['Corpus', await readCorpus({ module: false })],
  ] as const) {
    groups.push({ title, footprints: bench.footprints });
    for (const each of entrypoints) surveys.push(surveyOf(bench, each));
    bench.close();
  }
  return { groups, surveys };
}

/** Of the compliance cases that can see an input; undefined when OPA's Go module cannot be had. */
export async function suiteFootprints(): Promise<Group | undefined> {
  const cases = await casesWithInput();
  if (cases === undefined) return undefined;
  const footprints = new Map<string, Footprint>();
  await visitCases(cases, ({ one, bench, entrypoint }) => {
    footprints.set(`${footprints.size} ${one.name}`, bench.footprints.get(entrypoint)!);
  });
  return { title: 'Compliance suite', footprints };
}
