import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { searchShortestFloat32, shortestFloat32 } from './shortest-float.ts';

const view = new DataView(new ArrayBuffer(4));
function floatOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

const same = (float: number): void => {
  if (float === 0 || !Number.isFinite(float)) assert.ok(Object.is(shortestFloat32(float), float));
  else assert.equal(shortestFloat32(float), searchShortestFloat32(float), String(float));
};

describe('the shortest decimal of a float', () => {
  it('is what the search finds, for any float', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (bits) => same(floatOf(bits))),
      { numRuns: 20_000 },
    );
  });

  it('is what the search finds, for each exponent around its power of two', () => {
    for (let exponent = 0; exponent < 256; exponent++) {
      for (const offset of [-2, -1, 0, 1, 2]) same(floatOf(((exponent << 23) + offset) >>> 0));
    }
  });

  it('is what the search finds, for numbers that end in a half', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xff_ffff }), fc.integer({ min: -12, max: 12 }), (n, shift) =>
        same(Math.fround(n * 2 ** shift)),
      ),
      { numRuns: 20_000 },
    );
  });

  it('is what the search finds, for short decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -40, max: 32 }), (n, e) =>
        same(Math.fround(Number(`${n}e${e}`))),
      ),
      { numRuns: 10_000 },
    );
  });
});
