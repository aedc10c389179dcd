import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextAt, outcomeOf } from '../../../test/support/builtin-context.ts';
import { makeToken, P256, RSA } from '../../../test/support/tokens.ts';
import { EvaluationContext } from '../evaluation-context.ts';
import type { Evaluation } from '../evaluator.ts';
import type { RegoValue } from '../value.ts';

const EVER = Number.POSITIVE_INFINITY;
const UNVERIFIED: RegoValue = [false, new Map(), new Map()];

function constraints(extra: Record<string, RegoValue> = {}): RegoValue {
  return new Map<RegoValue, RegoValue>(Object.entries({ cert: P256.pem, ...extra }));
}

function isVerified(outcome: unknown): boolean | string {
  if (Array.isArray(outcome)) return outcome[0] as boolean;
  return (outcome as { error: string }).error;
}

test('the outcome and the span in which it holds', () => {
  // Time in milliseconds, claims in seconds; the span is [from, until).
  const table: [
    note: string,
    nowMs: number,
    claims: object,
    outcome: boolean | string,
    from: number,
    until: number,
  ][] = [
    ['no bounds', 5_000, {}, true, -EVER, EVER],
    ['before exp', 5_000, { exp: 10 }, true, -EVER, 10_000],
    ['a millisecond before exp', 9_999, { exp: 10 }, true, -EVER, 10_000],
    ['at exp', 10_000, { exp: 10 }, false, 10_000, EVER],
    ['after exp', 20_000, { exp: 10 }, false, 10_000, EVER],
    ['before nbf', 5_000, { nbf: 10 }, false, -EVER, 10_000],
    ['a millisecond before nbf', 9_999, { nbf: 10 }, false, -EVER, 10_000],
    ['at nbf', 10_000, { nbf: 10 }, true, 10_000, EVER],
    ['within both', 10_000, { nbf: 8, exp: 12 }, true, 8_000, 12_000],
    ['before nbf, with exp', 5_000, { nbf: 8, exp: 12 }, false, -EVER, 8_000],
    ['after exp, with nbf', 12_000, { nbf: 8, exp: 12 }, false, 12_000, EVER],
    ['fractions, inwards', 10_000, { nbf: 9.9994, exp: 10.0006 }, true, 10_000, 10_000],
    ['expired by a fraction', 10_001, { exp: 10.0006 }, false, 10_001, EVER],
    ['exp of another type', 5_000, { exp: 'soon' }, 'exp value must be a number', -EVER, EVER],
    [
      'nbf of another type errs until exp',
      5_000,
      { nbf: null, exp: 10 },
      'nbf value must be a number',
      -EVER,
      10_000,
    ],
    ['nbf of another type after exp', 10_000, { nbf: null, exp: 10 }, false, 10_000, EVER],
    ['another audience, whatever the time', 20_000, { aud: 'them', exp: 10 }, false, -EVER, EVER],
    ['beyond any date', 5_000, { exp: 1e300 }, true, -EVER, 1e303],
  ];
  for (const [note, nowMs, claims, outcome, from, until] of table) {
    const context = contextAt(nowMs);
    const token = makeToken({ alg: 'ES256' }, claims, P256);
    const got = outcomeOf('io.jwt.decode_verify', [token, constraints()], context);
    assert.equal(isVerified(got), outcome, note);
    assert.deepEqual(context.span, [from, until], note);
  }
});

test('within the span that an answer was given for, it is given again', () => {
  const context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
  });
  const verify = (token: string, wallMs: number): [boolean | string, Evaluation] => {
    context.begin(wallMs);
    const verified = isVerified(outcomeOf('io.jwt.decode_verify', [token, constraints()], context));
    return [verified, context.evaluation(undefined)];
  };
  const baseMs = 1_795_305_600_000;
  const offset = fc
    .tuple(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 0, 1, 500, 999))
    .map(([ms, micros]) => ms * 1000 + micros);
  const near = fc.integer({ min: -3000, max: 3000 });
  fc.assert(
    fc.property(
      fc.record({ exp: offset, nbf: offset }, { requiredKeys: [] }),
      fc.array(near, { minLength: 1, maxLength: 6 }),
      (offsets, instants) => {
        // To the microsecond, as text: sums of doubles have other digits.
        const written = Object.entries(offsets).map(
          ([name, micros]) => `"${name}":${decimal(BigInt(baseMs) * 1000n + BigInt(micros))}`,
        );
        const token = makeToken({ alg: 'ES256' }, `{${written.join()}}`, P256);
        for (const instant of instants) {
          const nowMs = baseMs + ((offsets.exp ?? offsets.nbf ?? 0) + instant) / 1000;
          const [verified, { validFromMs, validUntilMs }] = verify(token, nowMs);
          const edges = [validFromMs, validFromMs + 0.5, validUntilMs - 0.000_25, validUntilMs - 1];
          for (const otherMs of edges.filter(
            (ms) => Number.isFinite(ms) && ms >= validFromMs && ms < validUntilMs,
          )) {
            assert.equal(
              verify(token, otherMs)[0],
              verified,
              `${written.join()} at ${nowMs}, and at ${otherMs}`,
            );
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

function decimal(micros: bigint): string {
  return `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`;
}

test('with a time of its own the outcome holds for ever', () => {
  for (const [seconds, verified] of [
    [9, true],
    [10, false],
  ] as const) {
    const context = contextAt(1_000_000);
    const token = makeToken({ alg: 'ES256' }, { exp: 10 }, P256);
    const got = outcomeOf('io.jwt.decode_verify', [token, constraints({ time: seconds * 1e9 })], context);
    assert.equal(isVerified(got), verified);
    assert.deepEqual(context.span, [-EVER, EVER]);
  }
});

test('a public key is no secret', () => {
  for (const key of [RSA, P256]) {
    const forged = makeToken({ alg: 'HS256' }, { admin: true }, key.pem);
    for (const cert of [key.pem, JSON.stringify(key.jwk), JSON.stringify({ keys: [key.jwk] })]) {
      const got = outcomeOf('io.jwt.decode_verify', [forged, new Map([['cert', cert]])]);
      assert.deepEqual(got, UNVERIFIED);
    }
  }
});

test('constraints that cannot be met are errors', () => {
  const token = makeToken({ alg: 'ES256' }, {}, P256);
  const table: [constraints: [string, RegoValue][], error: string][] = [
    [[], 'no key constraint'],
    [[['secret', '']], 'no key constraint'],
    [
      [
        ['cert', P256.pem],
        ['secret', 'x'],
      ],
      'duplicate key constraints',
    ],
    [
      [
        ['cert', P256.pem],
        ['audience', 'x'],
      ],
      'unknown token validation constraint: audience',
    ],
    [[['cert', 1]], 'cert constraint: must be a string'],
    [
      [
        ['cert', P256.pem],
        ['time', 'now'],
      ],
      'token time constraint: must be a number',
    ],
    [
      [
        ['cert', P256.pem],
        ['time', -1],
      ],
      'token time constraint: must not be negative',
    ],
    [[['cert', `${P256.pem}\n`]], 'extra data after a PEM certificate block'],
  ];
  for (const [entries, error] of table) {
    assert.deepEqual(outcomeOf('io.jwt.decode_verify', [token, new Map(entries)]), { error, halt: false });
  }
});
