/** A run beside the one that was committed last: which figures are worse, and by more than the rounds of each differ. */
import { type FigureTable, keyOf, METRICS } from './figures.ts';

export interface Change {
  readonly name: string;
  readonly before: number;
  readonly now: number;
  /** Above 1: so many times worse; below: better. */
  readonly times: number;
}

/** Medians must differ by this much at least: two quiet runs do by less. */
const NOISE = 1.1;
/** Only what a reader would call worse: shares and counts of bytes have words of their own in the tables. */
const LEFT_OUT = new Set([
  'clientCpuUs',
  'latenessP99Us',
  'failedShare',
  'servedShare',
  'ratio',
  'baseP99Us',
  'p999Us',
]);
/** Servers that are not ours change with the machine, not with our code. */
const OURS = /^(wire|grpc-js)-/;

/** Worse and better ones of our own figures whose ranges do not overlap, the worst first. */
export function changes(before: FigureTable, now: FigureTable): readonly Change[] {
  return Object.entries(now)
    .flatMap(([name, figure]): Change[] => {
      const { metric, peer } = keyOf(name);
      const old = before[name];
      if (old === undefined || !OURS.test(peer) || LEFT_OUT.has(metric)) return [];
      if (old.us <= 0 || figure.us <= 0) return [];
      const overlap = figure.least <= old.most && old.least <= figure.most;
      const times = METRICS[metric] === 'more' ? old.us / figure.us : figure.us / old.us;
      if (overlap || (times < NOISE && times > 1 / NOISE)) return [];
      return [{ name, before: old.us, now: figure.us, times }];
    })
    .sort((a, b) => b.times - a.times);
}
