/** The text of a check's input for the log is written from its scan; here it is compared with the document, masked as an object. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXT_AUTHZ_SECRETS } from '../src/app/ext-authz-secrets.ts';
import { seenInput } from '../src/decision/seen-input.ts';
import { PortcullisError } from '../src/errors.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { maskTree } from '../src/json/mask-tree.ts';
import { parseJson } from '../src/json/parse.ts';
import { getPointer, type JsonPointer, maskPointers, parsePointer } from '../src/json/pointer.ts';
import type { JsonValue } from '../src/json/value.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { CheckView, namedEntry, type TextPlace } from '../src/services/ext-authz/check-view.ts';
import { changed, checkMessage, randomOf } from './support/check-mutations.ts';
import { checkTree } from './support/check-trees.ts';
import { delimited } from './support/wire-messages.ts';

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

function readable(message: Uint8Array): CheckView | undefined {
  try {
    return new CheckView(message, OPTIONS);
  } catch (thrown) {
    assert.ok(thrown instanceof PortcullisError);
    return undefined;
  }
}

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
    const view = readable(message);
    if (view === undefined) continue;
    const masked = view.maskedText(maskTree(pointers));
    if (masked === undefined) {
      seen.left++;
      continue;
    }
    assert.equal(view.extent, 'whole');
    seen.written++;
    seen.erased += masked.erased.length;
    const json = masked.text === undefined ? undefined : Buffer.from(masked.text).toString();
    const text = json === undefined ? undefined : canonicalJson(parseJson(json));
    const found = { text, erased: masked.erased.toSorted((a, b) => a - b) };
    assert.deepEqual(
      found,
      maskedDocument(new CheckView(message, OPTIONS).document(), pointers),
      texts.join(),
    );
    assert.doesNotMatch(json ?? '', /[\r\n]/);
    // What was taken out of the scan is there for whoever asks next.
    assert.deepEqual(view.document(), new CheckView(message, OPTIONS).document());
  }
  assert.ok(seen.written > 500 && seen.left > 10 && seen.erased > 500, JSON.stringify(seen));
});

test('what is seen of a check is written from its scan as the projected document, masked', () => {
  const random = randomOf(23);
  const counts = { written: 0, left: 0, erased: 0 };
  for (let run = 0; run < 1500; run++) {
    const projector = compileProjector(checkTree(random));
    const message = checkMessage(random, [0, 0, 3][random(3)]!);
    const pointers = [...SECRETS, ...OTHERS.filter(() => random(8) === 0)].map(parsePointer);
    const view = readable(message);
    if (view === undefined) continue;
    const masked = seenInput(view, projector).maskedText?.(maskTree(pointers));
    if (masked === undefined) {
      counts.left++;
      continue;
    }
    counts.written++;
    counts.erased += masked.erased.length;
    const text = masked.text && canonicalJson(parseJson(Buffer.from(masked.text)));
    const found = { text, erased: masked.erased.toSorted((a, b) => a - b) };
    const projected = parseJson(new CheckView(message, OPTIONS).project(projector).json!);
    assert.deepEqual(found, maskedDocument(projected, pointers));
    assert.deepEqual(view.document(), new CheckView(message, OPTIONS).document());
  }
  assert.ok(counts.written > 500 && counts.left > 10 && counts.erased > 100, JSON.stringify(counts));
});

test('a view whose scan was taken apart scans again', () => {
  const random = randomOf(1);
  for (let run = 0; run < 200; run++) {
    const message = checkMessage(random, 0);
    const view = new CheckView(message, OPTIONS);
    if (view.maskedText(maskTree([parsePointer(`${HTTP}/headers/x-role`)])) === undefined) continue;
    // Before anything else is scanned.
    const names = [...view.headerNames()];
    const role = view.headerPlace(namedEntry('x-role'));
    const fresh = new CheckView(message, OPTIONS);
    assert.deepEqual(names, [...fresh.headerNames()]);
    const expected = fresh.headerPlace(namedEntry('x-role'));
    assert.equal(textOf(role), textOf(expected));
  }
});

const textOf = (place: string | TextPlace | undefined): string | undefined =>
  typeof place === 'object' ? place.text : place;

const field = (number: number, value: string | Iterable<number>): readonly number[] =>
  delimited(number, typeof value === 'string' ? Buffer.from(value) : value);
const header = (name: string, value: string): readonly number[] =>
  field(3, [...field(1, name), ...field(2, value)]);
const http = (...fields: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(field(1, field(4, field(2, fields.flat()))));

test('a masked header that comes several times is nowhere in the text', () => {
  const message = http(
    header('authorization', 'first secret'),
    header('accept', '*/*'),
    header('authorization', 'second secret'),
    header('authorization', 'third secret'),
  );
  const masked = new CheckView(message, OPTIONS).maskedText(
    maskTree([parsePointer(`${HTTP}/headers/authorization`)]),
  );
  assert.ok(masked?.text);
  const text = Buffer.from(masked.text).toString();
  assert.ok(text.includes('accept'));
  assert.doesNotMatch(text, /secret|authorization/);
  assert.deepEqual(masked.erased, [0]);
});

test('what is made of a masked header stays as it was made', () => {
  for (const name of ['content-type', 'content-length', 'content-encoding', 'x-envoy-auth-partial-body']) {
    for (const value of ['application/json', '2', 'identity', 'true', 'false']) {
      const others = [header('content-type', 'application/json'), header('content-length', '2')];
      for (const body of [field(11, '{}'), []]) {
        const message = http(...others, header(name, value), body);
        const pointers = [parsePointer(`${HTTP}/headers/${name}`)];
        const masked = new CheckView(message, OPTIONS).maskedText(maskTree(pointers));
        if (masked === undefined) continue;
        const text =
          masked.text === undefined
            ? undefined
            : canonicalJson(parseJson(Buffer.from(masked.text).toString()));
        const document = new CheckView(message, OPTIONS).document();
        assert.deepEqual(
          { text, erased: masked.erased },
          maskedDocument(document, pointers),
          `${name} ${value}`,
        );
      }
    }
  }
});
