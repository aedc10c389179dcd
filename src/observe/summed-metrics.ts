import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';

/** The values of one metric as plain data, for other threads. */
export type MetricValues = MetricObject;

/** The values of all metrics of a registry. */
export function valuesOf(registry: Registry): Promise<readonly MetricValues[]> {
  return registry.getMetricsAsJSON();
}

/** Metrics of several threads as one: sums, but for those gauges that name another way. */
export function summed(all: readonly (readonly MetricValues[])[]): Registry {
  return AggregatorRegistry.aggregate(all.map((values) => [...values]));
}

/** What goes on counting when the thread has gone. */
export const countersOf = (values: readonly MetricValues[]): readonly MetricValues[] =>
  values.filter(({ type }) => (type as unknown) === 'counter' || (type as unknown) === 'histogram');
