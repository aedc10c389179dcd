import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

test('each interruption halves the slice, each quiet second doubles it', () => {
  const pace = new Pace(1, 5);
  assert.equal(pace.sliceAt(0), 5);
  const slices: number[] = [];
  for (let ms = 0; ms < 50; ms += 10) {
    slices.push(pace.sliceAt(ms));
    pace.interrupted(ms);
  }
  assert.deepEqual(slices, [5, 2.5, 1.25, 1, 1]);
  assert.equal(pace.sliceAt(1039), 1);
  assert.equal(pace.sliceAt(1040), 2);
  assert.equal(pace.sliceAt(1041), 2);
  assert.equal(pace.sliceAt(2040), 4);
  assert.equal(pace.sliceAt(60_000), 5);
  pace.interrupted(60_000);
  assert.equal(pace.sliceAt(60_000), 2.5);
});

test('what holds the thread far beyond its slice is kept away from it, once it is sure that it did', () => {
  const pace = new Pace(1, 5);
  pace.took(20, undefined, 100);
  assert.equal(pace.suspects(100), false);
  pace.took(100, undefined, 100);
  assert.equal(pace.suspects(101), true);
  assert.equal(pace.sliceAt(101), 5);
  pace.took(100, 3, 200);
  assert.equal(pace.sliceAt(200), 5);
  pace.took(110, 100, 200);
  assert.equal(pace.sliceAt(200), 0);
  assert.equal(pace.sliceAt(2199), 0);
  assert.equal(pace.sliceAt(2200), 5);
  assert.equal(pace.suspects(2200), true);
  assert.equal(pace.suspects(62_200), false);
});

test('a slice below the minimum stays as it is, and none at all means never', () => {
  const short = new Pace(1, 0.5);
  short.interrupted(0);
  assert.equal(short.sliceAt(0), 0.5);
  assert.equal(new Pace(1, 0).sliceAt(0), 0);
});
