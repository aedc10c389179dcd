import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../bench/peers/load/histogram.ts';

const histogramOf = (values: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
};

test('a quantile is that of the sorted values, within a bucket', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 0.999, 1), (list, share) => {
      const sorted = list.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(share * list.length) - 1)]!;
      const found = histogramOf(list).quantileUs(share);
      assert.ok(Math.abs(found - exact) <= exact * 0.008 + 0.1, `${found} for ${exact}`);
    }),
  );
});

test('what there is of values', () => {
  assert.deepEqual(new Histogram().percentiles(), {
    count: 0,
    meanUs: 0,
    p50Us: 0,
    p90Us: 0,
    p99Us: 0,
    p999Us: 0,
    maxUs: 0,
  });
  const { count, meanUs, p50Us, maxUs } = histogramOf([1, 2, 3, 6]).percentiles();
  assert.deepEqual({ count, meanUs, p50Us, maxUs }, { count: 4, meanUs: 3, p50Us: 2, maxUs: 6 });
});

test('clocks that disagree and waits of hours are counted at the ends', () => {
  const histogram = histogramOf([-5, 1e12]);
  assert.equal(histogram.quantileUs(0.5), 0);
  assert.ok(histogram.quantileUs(1) > 4e8);
});
