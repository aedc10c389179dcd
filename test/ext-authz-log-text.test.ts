/** The text of a check's input for the log is written from its scan; here it is compared with the document, masked as an object. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXT_AUTHZ_SECRETS } from '../src/app/ext-authz-secrets.ts';
import { PortcullisError } from '../src/errors.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { maskTree } from '../src/json/mask-tree.ts';
import { parseJson } from '../src/json/parse.ts';
import { getPointer, type JsonPointer, maskPointers, parsePointer } from '../src/json/pointer.ts';
import type { JsonValue } from '../src/json/value.ts';
import { CheckView } from '../src/services/ext-authz/check-view.ts';
import { changed, checkMessage, randomOf } from './support/check-mutations.ts';

const OPTIONS = { limits: { maxBytes: 65_536, maxDepth: 32 }, parseBody: true, grpc: undefined };
const HTTP = '/attributes/request/http';
const SECRETS = EXT_AUTHZ_SECRETS.filter((text) => text.startsWith('/input')).map((text) =>
  text.slice('/input'.length),
);
const OTHERS = [
  `${HTTP}/headers/content-type`,
  `${HTTP}/headers/x-role`,
  `${HTTP}/headers/:path`,
  `${HTTP}/headers`,
  `${HTTP}/path`,
  `${HTTP}/host`,
  `${HTTP}/size`,
  `${HTTP}/id`,
  `${HTTP}/nothing`,
  `${HTTP}/id/nothing`,
  HTTP,
  '/attributes/contextExtensions/zone',
  '/attributes/source/principal',
  '/attributes/source/address/socketAddress',
  '/attributes/source',
  '/attributes/metadataContext',
  '/attributes/request/time/seconds',
  '/source_principal',
  '/parsed_path/0',
  '/parsed_query/token',
  '/parsed_body',
  '/path/raw',
  '/version',
  '/nothing',
  '',
];

const maskedDocument = (document: JsonValue, pointers: readonly JsonPointer[]) => {
  const wrapped = { input: document };
  const places = pointers.map((pointer) => ['input', ...pointer]);
  const kept = maskPointers(wrapped, places, undefined) as { readonly input?: JsonValue };
  const erased = places.flatMap((place, i) => (getPointer(wrapped, place) === undefined ? [] : [i]));
  return { text: kept.input === undefined ? undefined : canonicalJson(kept.input), erased };
};

test('what is written from a scan is what the masked document holds', () => {
  const random = randomOf(22);
  const seen = { written: 0, left: 0, erased: 0 };
  for (let run = 0; run < 3000; run++) {
    const whole = checkMessage(random, [0, 0, 3][random(3)]!);
    const message = random(3) === 0 ? changed(whole, random) : whole;
    const texts = [
      ...(random(4) === 0 ? [] : SECRETS),
      ...OTHERS.filter(() => random(run % 2 === 0 ? 40 : 8) === 0),
    ];
    const pointers = texts.map(parsePointer);
    let view: CheckView;
    try {
      view = new CheckView(message, OPTIONS);
    } catch (thrown) {
      assert.ok(thrown instanceof PortcullisError);
      continue;
    }
    const masked = view.maskedText(maskTree(pointers));
    if (masked === undefined) {
      seen.left++;
      continue;
    }
    assert.equal(view.extent, 'whole');
    seen.written++;
    seen.erased += masked.erased.length;
    const text = masked.text === undefined ? undefined : canonicalJson(parseJson(masked.text));
    const found = { text, erased: masked.erased.toSorted((a, b) => a - b) };
    assert.deepEqual(
      found,
      maskedDocument(new CheckView(message, OPTIONS).document(), pointers),
      texts.join(),
    );
    assert.doesNotMatch(masked.text ?? '', /[\r\n]/);
    // What was taken out of the scan is there for whoever asks next.
    assert.deepEqual(view.document(), new CheckView(message, OPTIONS).document());
  }
  assert.ok(seen.written > 500 && seen.left > 10 && seen.erased > 500, JSON.stringify(seen));
});

test('a view whose scan was taken apart scans again', () => {
  const random = randomOf(1);
  for (let run = 0; run < 200; run++) {
    const message = checkMessage(random, 0);
    const view = new CheckView(message, OPTIONS);
    if (view.maskedText(maskTree([parsePointer(`${HTTP}/headers/x-role`)])) === undefined) continue;
    const fresh = new CheckView(message, OPTIONS);
    assert.deepEqual([...fresh.headerNames()], [...view.headerNames()]);
  }
});
