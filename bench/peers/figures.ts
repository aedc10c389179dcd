/** What a run finds: numbers by measure, policy set, load, server and kind, each the median of its rounds. */
import { type Figure, figure } from '../measure.ts';

export interface FigureKey {
  readonly measure: string;
  readonly set: string;
  /** Such as `4x32` (connections × streams) or `3000/s`. */
  readonly load: string;
  /** The server's name. */
  readonly peer: string;
  readonly metric: Metric;
}

/** Units are in the names. */
export type Metric =
  | 'perSecond'
  | 'cpuUs'
  | 'clientCpuUs'
  | 'meanUs'
  | 'p50Us'
  | 'p99Us'
  | 'p999Us'
  | 'hitShare'
  | 'failedShare'
  | 'servedShare'
  | 'latenessP99Us'
  | 'memoryMb'
  | 'ms'
  | 'baseP99Us'
  | 'swapP99Us'
  | 'us'
  | 'bytes'
  | 'ratio';

/** Whether more or less of it is better. */
export const METRICS: Readonly<Record<Metric, 'more' | 'less'>> = {
  perSecond: 'more',
  cpuUs: 'less',
  clientCpuUs: 'less',
  meanUs: 'less',
  p50Us: 'less',
  p99Us: 'less',
  p999Us: 'less',
  hitShare: 'more',
  failedShare: 'less',
  servedShare: 'more',
  latenessP99Us: 'less',
  memoryMb: 'less',
  ms: 'less',
  baseP99Us: 'less',
  swapP99Us: 'less',
  us: 'less',
  bytes: 'less',
  ratio: 'more',
};

/** As it is written to disk. */
export type FigureTable = Readonly<Record<string, Figure>>;

export class Figures {
  readonly #rounds = new Map<string, number[]>();

  add(key: FigureKey, value: number): void {
    const name = nameOf(key);
    const values = this.#rounds.get(name);
    if (values === undefined) this.#rounds.set(name, [value]);
    else values.push(value);
  }

  /** Several kinds of the same run. */
  addAll(key: Omit<FigureKey, 'metric'>, values: Readonly<Partial<Record<Metric, number>>>): void {
    for (const [metric, value] of Object.entries(values) as [Metric, number][])
      this.add({ ...key, metric }, value);
  }

  table(): FigureTable {
    return Object.fromEntries([...this.#rounds].map(([name, values]) => [name, figure(values)]));
  }
}

export const nameOf = ({ measure, set, load, peer, metric }: FigureKey): string =>
  [measure, set, load, peer, metric].join(' ');

export function keyOf(name: string): FigureKey {
  const [measure, set, load, peer, metric] = name.split(' ') as [string, string, string, string, Metric];
  return { measure, set, load, peer, metric };
}

/** The median; undefined when it was not measured. */
export function medianOf(figures: FigureTable, key: FigureKey): number | undefined {
  return figures[nameOf(key)]?.us;
}
