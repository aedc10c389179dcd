import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contextAt, outcomeOf } from '../../../test/support/builtin-context.ts';
import {
  basicConstraints,
  certificate,
  commonName,
  KEYS,
  P256_A,
  pemChain,
  time,
  usualSigning,
} from '../../../test/support/certificates.ts';
import type { RegoValue } from '../value.ts';

/** For how long the answers of verifications hold. */

const VERIFY = 'crypto.x509.parse_and_verify_certificates';
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2030, 0, 1);

type Days = readonly [from: number, to: number];

/** A certificate that is valid from one of January's days to another one. */
function january(name: string, issuer: string, [from, to]: Days, isCa: boolean): Buffer {
  const day = (number: number): Buffer => time(`203001${String(number).padStart(2, '0')}000000Z`);
  return certificate({
    key: P256_A,
    signing: usualSigning(P256_A),
    subject: commonName(name),
    issuer: commonName(issuer),
    notBefore: day(from),
    notAfter: day(to),
    extensions: isCa ? [basicConstraints(true)] : [],
  });
}

/** A root, what is between, and a leaf. */
function chainOf(root: Days, leaf: Days, ...between: readonly Days[]): string {
  return pemChain(
    january('root', 'root', root, true),
    ...between.map((days) => january('between', 'root', days, true)),
    january('leaf', between.length > 0 ? 'between' : 'root', leaf, false),
  );
}

function at(day: number): number {
  return START_MS + (day - 1) * DAY_MS;
}

/** The answer, and the days between which it holds. */
function asked(text: string, wallMs: number): [valid: RegoValue, fromDay: number, untilDay: number] {
  const context = contextAt(wallMs);
  const [valid] = outcomeOf(VERIFY, [text], context) as RegoValue[];
  const [from, until] = context.span.map((ms) => (ms - START_MS) / DAY_MS + 1);
  return [valid!, Math.floor(from!), until!];
}

const EVER = Number.POSITIVE_INFINITY;

test('an answer holds until a certificate that it depends on begins or ends', () => {
  const text = chainOf([2, 20], [5, 10]);
  assert.deepEqual(asked(text, at(6)), [true, 5, 10]);
  assert.deepEqual(asked(text, at(1)), [false, -EVER, 5]);
  assert.deepEqual(asked(text, at(4)), [false, -EVER, 5]);
  assert.deepEqual(asked(text, at(11)), [false, 10, EVER]);
  assert.deepEqual(asked(chainOf([7, 20], [5, 10]), at(6)), [false, 5, 7]);
  assert.deepEqual(asked(chainOf([2, 8], [5, 10]), at(9)), [false, 8, 10]);
  assert.deepEqual(asked(chainOf([2, 20], [1, 30], [4, 8], [3, 6]), at(5)), [true, 4, 6]);
});

test('the last moment of a certificate belongs to it', () => {
  const text = chainOf([2, 20], [5, 10]);
  assert.equal(asked(text, at(10))[0], true);
  assert.equal(asked(text, at(10) + 1)[0], false);
  assert.equal(asked(text, at(5))[0], true);
  assert.equal(asked(text, at(5) - 1)[0], false);
});

test('an answer that no time plays a part in holds for ever', () => {
  for (const text of ['', '*', pemChain(january('root', 'root', [1, 2], true))]) {
    assert.deepEqual(asked(text, at(1)), [false, -EVER, EVER]);
  }
  const context = contextAt(at(6));
  const options = new Map<RegoValue, RegoValue>([
    ['CurrentTime', at(6) * 1e6],
    ['KeyUsages', ['KeyUsageAny']],
  ]);
  const [valid] = outcomeOf(
    `${VERIFY}_with_options`,
    [chainOf([2, 20], [5, 10]), options],
    context,
  ) as RegoValue[];
  assert.deepEqual([valid, context.span], [true, [-EVER, EVER]]);
});

const days: fc.Arbitrary<Days> = fc.tuple(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 1, max: 31 }));

test('within the span that an answer was given for, it is given again', () => {
  const halfDays = fc.integer({ min: 0, max: 64 }).map((half) => START_MS + (half * DAY_MS) / 2);
  fc.assert(
    fc.property(
      days,
      days,
      fc.array(days, { maxLength: 2 }),
      halfDays,
      halfDays,
      (root, leaf, between, now, later) => {
        const text = chainOf(root, leaf, ...between);
        const context = contextAt(now);
        const answer = outcomeOf(VERIFY, [text], context);
        const [from, until] = context.span;
        // At the very last moment of a certificate the span is empty: the answer is not kept.
        assert.ok(from <= now && (now < until || now % DAY_MS === 0));
        if (later < from || later >= until) return;
        assert.deepEqual(outcomeOf(VERIFY, [text], contextAt(later)), answer);
      },
    ),
    { numRuns: 150 },
  );
});

test('texts and keys beyond the limits are errors, not wrong certificates', () => {
  const errors = (builtin: string, ...args: RegoValue[]): boolean =>
    typeof (outcomeOf(builtin, args) as { error?: string }).error === 'string';
  const long = 'A'.repeat(2 ** 20 + 4);
  for (const builtin of [VERIFY, 'crypto.x509.parse_certificates', 'crypto.parse_private_keys']) {
    assert.ok(errors(builtin, long), builtin);
  }
  assert.ok(errors(`${VERIFY}_with_options`, long, new Map()));
  assert.ok(errors('crypto.x509.parse_keypair', '', long));
  assert.ok(!errors(VERIFY, 'A'.repeat(2 ** 20)));
});

test('a hundred signatures are checked for one answer, and no more', () => {
  const leaf = january('leaf', 'between', [1, 31], false);
  const decoy = (i: number): Buffer =>
    certificate({
      key: KEYS['p384']!,
      signing: usualSigning(P256_A),
      subject: commonName('between'),
      issuer: commonName('root'),
      serial: Buffer.from([i + 1]),
      extensions: [basicConstraints(true)],
    });
  const chainWith = (decoys: number): string => {
    const between = Array.from({ length: decoys }, (_, i) => decoy(i));
    const issuer = january('between', 'root', [1, 31], true);
    return pemChain(january('root', 'root', [1, 31], true), ...between, issuer, leaf);
  };
  assert.equal(asked(chainWith(98), at(6))[0], true);
  assert.equal(asked(chainWith(99), at(6))[0], false);
});
