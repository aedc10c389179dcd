import { Histogram, type Registry } from 'prom-client';

/** A line of the page, as prom-client has it between its metrics and its registry. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counts of one series: by bucket, not summed up yet, and behind the last bound. */
interface Series {
  readonly counts: number[];
  sum: number;
}

export interface TalliedHistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly label: Label;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
  readonly registers: Registry[];
}

/**
 * A histogram with one label, whose observations are counted in plain arrays and made samples of only when somebody
 * scrapes: prom-client's own `observe` looks labels up by a text that it makes of them, and takes 0.6 µs.
 */
export class TalliedHistogram<Label extends string> extends Histogram<Label> {
  readonly #options: TalliedHistogramOptions<Label>;
  readonly #series = new Map<string, Series>();

  constructor(options: TalliedHistogramOptions<Label>) {
    const { name, help, label, buckets, registers } = options;
    super({ name, help, labelNames: [label], buckets: [...buckets], registers });
    this.#options = options;
  }

  /** Counts a value under the label's value. */
  add(label: string, value: number): void {
    const { buckets } = this.#options;
    let series = this.#series.get(label);
    if (series === undefined) {
      series = { counts: [...buckets, Infinity].map(() => 0), sum: 0 };
      this.#series.set(label, series);
    }
    let bucket = 0;
    while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
    series.counts[bucket]!++;
    series.sum += value;
  }

  /** What a registry asks for its page, and `get` for its values. */
  getForPromString(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'histogram';
    /** How values of several threads become one. */
    readonly aggregator: 'sum';
    readonly values: readonly Sample[];
  }> {
    const { name, help } = this.#options;
    const values = Array.from(this.#series, ([label, series]) => this.#samples(label, series)).flat();
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }

  #samples(label: string, { counts, sum }: Series): Sample[] {
    const { name, buckets } = this.#options;
    const sharedLabels = { [this.#options.label]: label };
    let count = 0;
    const cumulated = counts.map((each, bucket) => ({
      metricName: `${name}_bucket`,
      labels: { le: buckets[bucket] ?? '+Inf' },
      sharedLabels,
      value: (count += each),
    }));
    return [
      ...cumulated,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
    ];
  }
}
