import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ALGORITHMS, verifySignature } from './jwt-signature.ts';
import { verifiedOnce } from './verified-signatures.ts';

const pairs = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const texts = ['a.b', 'a.c', 'a', ''].map((text) => Buffer.from(text));
const dsaEncoding = 'ieee-p1363';

test('whatever was asked before, the answer is that of the key', () => {
  const signatures = pairs.flatMap(({ privateKey }) =>
    texts.map((text) => sign('sha256', text, { key: privateKey, dsaEncoding })),
  );
  const question = fc.tuple(fc.nat(1), fc.nat(3), fc.nat(signatures.length - 1), fc.boolean());
  fc.assert(
    fc.property(fc.array(question, { maxLength: 30 }), (questions) => {
      for (const [pair, text, signature, exactLengths] of questions) {
        const [key, signed, given] = [pairs[pair]!.publicKey, texts[text]!, signatures[signature]!];
        assert.equal(
          verifySignature(ALGORITHMS.get('ES256')!, key, signed, given, { exactLengths }),
          verify('sha256', signed, { key, dsaEncoding }, given),
        );
      }
    }),
    { numRuns: 50 },
  );
});

test('what is right is verified once, what is wrong each time', () => {
  const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let verified = 0;
  const ask = (text: string, signature: string, isRight: boolean, scheme = 'x'): boolean =>
    verifiedOnce(key, scheme, Buffer.from(text), Buffer.from(signature), () => {
      verified++;
      return isRight;
    });
  assert.deepEqual([ask('ab', 'c', true), ask('ab', 'c', false), verified], [true, true, 1]);
  assert.deepEqual([ask('ab', 'd', false), ask('ab', 'd', false), verified], [false, false, 3]);
  // The same bytes, divided otherwise; another scheme.
  assert.deepEqual([ask('a', 'bc', false), ask('ab', 'c', false, 'y'), verified], [false, false, 5]);
});

test('what one key verified says nothing of another key', () => {
  const { publicKey, privateKey } = pairs[0]!;
  const signature = sign('sha256', texts[0]!, { key: privateKey, dsaEncoding });
  let asked = 0;
  const ask = (): boolean => {
    asked++;
    return true;
  };
  const copy = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  verifiedOnce(publicKey, 'copy', texts[0]!, signature, ask);
  verifiedOnce(copy, 'copy', texts[0]!, signature, ask);
  assert.equal(asked, 2);
});

test('what was right by the looser rules is not right by the exact ones', () => {
  const { publicKey, privateKey } = pairs[0]!;
  const signed = Buffer.from('loose');
  const signature = sign('sha256', signed, { key: privateKey, dsaEncoding });
  const zero = Buffer.alloc(1);
  const longer = Buffer.concat([zero, signature.subarray(0, 32), zero, signature.subarray(32)]);
  const ask = (exactLengths: boolean): boolean =>
    verifySignature(ALGORITHMS.get('ES256')!, publicKey, signed, longer, { exactLengths });
  assert.deepEqual([ask(true), ask(false), ask(true), ask(false)], [false, true, false, true]);
});
