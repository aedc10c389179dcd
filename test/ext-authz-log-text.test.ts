/** The text of a check's input for the log is written from its scan; here it is compared with the document, masked as an object. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXT_AUTHZ_SECRETS } from '../src/app/ext-authz-secrets.ts';
import { seenInput } from '../src/decision/seen-input.ts';
import { PortcullisError } from '../src/errors.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { type MaskedText, type MaskTree, maskTree } from '../src/json/mask-tree.ts';
import { parseJson } from '../src/json/parse.ts';
import { getPointer, type JsonPointer, maskPointers, parsePointer } from '../src/json/pointer.ts';
import type { JsonValue } from '../src/json/value.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { CheckView, namedEntry, type TextPlace } from '../src/services/ext-authz/check-view.ts';
import { forgetLayouts, known } from '../src/services/ext-authz/scan/layouts.ts';
import { scanCheck } from '../src/services/ext-authz/scan/scan-check.ts';
import { scanByLayout } from '../src/services/ext-authz/scan/scan-layout.ts';
import { scannedText } from '../src/services/ext-authz/scan/scanned-text.ts';
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

const field = (number: number, value: string | Iterable<number>): readonly number[] =>
  delimited(number, typeof value === 'string' ? Buffer.from(value) : value);
const header = (name: string, value: string): readonly number[] =>
  field(3, [...field(1, name), ...field(2, value)]);
const http = (...fields: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(field(1, field(4, field(2, fields.flat()))));
/** With a principal and a time, and with context extensions. */
const timed = (time: readonly number[], ...fields: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    field(1, [...field(1, field(4, 'who')), ...field(4, [...field(1, time), ...field(2, fields.flat())])]),
  );
const extended = (zone: string, ...fields: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    field(1, [...field(4, field(2, fields.flat())), ...field(10, [...field(1, 'zone'), ...field(2, zone)])]),
  );

function readable(message: Uint8Array): CheckView | undefined {
  try {
    return new CheckView(message, OPTIONS);
  } catch (thrown) {
    assert.ok(thrown instanceof PortcullisError);
    return undefined;
  }
}

/** Some of the places that a log may mask, and others. */
const somePlaces = (random: (below: number) => number, run: number): JsonPointer[] =>
  [...(random(4) === 0 ? [] : SECRETS), ...OTHERS.filter(() => random(run % 2 === 0 ? 40 : 8) === 0)].map(
    parsePointer,
  );

/** Its text, before another one is written in its place. */
function textOf(view: CheckView, mask: MaskTree): MaskedText | undefined {
  const masked = view.maskedText(mask);
  return masked && { text: masked.text && Buffer.from(masked.text), erased: masked.erased };
}

/** Fails where the text is not what the masked document holds. */
function compareText(masked: MaskedText, message: Uint8Array, pointers: readonly JsonPointer[]): void {
  const json = masked.text === undefined ? undefined : Buffer.from(masked.text).toString();
  const text = json === undefined ? undefined : canonicalJson(parseJson(json));
  const found = { text, erased: masked.erased.toSorted((a, b) => a - b) };
  assert.deepEqual(
    found,
    maskedDocument(new CheckView(message, OPTIONS).document(), pointers),
    pointers.map((pointer) => pointer.join('/')).join(),
  );
  assert.doesNotMatch(json ?? '', /[\r\n]/);
}

test('what is written from a scan is what the masked document holds', () => {
  const random = randomOf(22);
  const seen = { written: 0, left: 0, erased: 0 };
  for (let run = 0; run < 3000; run++) {
    const whole = checkMessage(random, [0, 0, 3][random(3)]!);
    const message = random(3) === 0 ? changed(whole, random) : whole;
    const pointers = somePlaces(random, run);
    const view = readable(message);
    if (view === undefined) continue;
    const masked = textOf(view, maskTree(pointers));
    if (masked === undefined) {
      seen.left++;
      continue;
    }
    assert.equal(view.extent, 'whole');
    compareText(masked, message, pointers);
    seen.written++;
    seen.erased += masked.erased.length;
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

/** Has its layout learnt, if it can have one. */
function learn(message: Uint8Array): void {
  for (let time = 0; time < 8; time++) readable(message)?.maskedText(maskTree([]));
}

const hasLayout = (message: Uint8Array): boolean => scanByLayout(message) !== undefined;

/** The text that is written without layouts. */
function plainText(message: Uint8Array, pointers: readonly JsonPointer[]): string {
  const view = new CheckView(message, OPTIONS);
  assert.ok(scanCheck(message, OPTIONS.limits.maxBytes, OPTIONS.limits.maxDepth));
  const { text } = scannedText(maskTree(pointers), view)!;
  return text === undefined ? '' : Buffer.from(text).toString();
}

/** With other letters and digits in some places, of names as well as of values. */
function rewritten(message: Uint8Array, random: (below: number) => number): Uint8Array {
  const other = Uint8Array.from(message);
  for (let change = 0; change < 3; change++) {
    const at = random(other.length);
    if (/\w/.test(String.fromCharCode(other[at]!))) other[at] = 0x61 + random(26);
  }
  return other;
}

test('messages of a layout that is known: what is written of them is what the masked document holds', () => {
  const random = randomOf(24);
  const seen = { byLayout: 0, otherwise: 0, erased: 0 };
  for (let run = 0; run < 500; run++) {
    if (run % 25 === 0) forgetLayouts();
    const whole = checkMessage(random, [0, 0, 3][random(3)]!, true);
    learn(whole);
    const messages = [
      whole,
      rewritten(whole, random),
      rewritten(whole, random),
      changed(whole, random),
      whole,
    ];
    const pointers = somePlaces(random, run);
    // The log writes one after the other, long after they were scanned.
    const views = messages.map(readable);
    for (const [i, view] of views.entries())
      if (view?.isScanned) seen[hasLayout(messages[i]!) ? 'byLayout' : 'otherwise']++;
    const texts = views.map((view) => view && textOf(view, maskTree(pointers)));
    for (const [i, masked] of texts.entries()) {
      if (masked === undefined) continue;
      compareText(masked, messages[i]!, pointers);
      assert.equal(masked.text?.toString() ?? '', plainText(messages[i]!, pointers));
      seen.erased += masked.erased.length;
    }
  }
  assert.ok(seen.byLayout > 500 && seen.otherwise > 100 && seen.erased > 500, JSON.stringify(seen));
});

test('messages that are nearly of a layout', () => {
  const role = header('x-role', 'a');
  const entry = (...parts: readonly (readonly number[])[]): readonly number[] => field(3, parts.flat());
  const table: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ['a text that is empty', http(role, field(5, 'host')), http(role, field(5, ''))],
    ['a header that is empty', http(role), http(header('x-role', ''))],
    ['a field more', http(role), http(role, field(5, 'host'))],
    ['another header', http(role), http(header('x-rola', 'a'))],
    ['a longer name', http(role), http(header('x-role-more', 'a'))],
    ['a name that goes on like a value', http(role), http(entry(field(1, 'x-role\x12\x01b')))],
    [
      'a name that goes on like a value, and one',
      http(role),
      http(entry(field(1, 'x-role\x12\x04b'), field(2, 'c'))),
    ],
    ['a value first', http(role), http(entry(field(2, 'a'), field(1, 'x-role')))],
    ['a value and another', http(role), http(entry(field(1, 'x-role'), field(2, 'a'), field(2, 'b')))],
    ['a header and the same', http(role, field(5, 'host')), http(role, role, field(5, 'host'))],
    ['the same twice', http(role, role), http(role, header('x-role', 'b'))],
    ['a host twice', http(field(5, 'a'), field(5, 'b')), http(field(5, 'c'), field(5, 'd'))],
    ['a name with what is escaped', http(header('x"', 'a')), http(header('x"', 'b'))],
    ['a long value', http(role), http(header('x-role', 'a'.repeat(300)))],
    ['headers in another order', http(role, header('b', '1')), http(header('b', '2'), role)],
    [
      'two messages in place of one',
      http(role),
      Uint8Array.from([...http(role), ...http(header('x-role', 'b'))]),
    ],
    ['a body', http(role), http(role, field(11, '{}'))],
    ['what is said of a body', http(header('content-length', '0')), http(header('content-length', '7'))],
    ['a longer path', http(role, field(4, '/a')), http(role, field(4, `/${'b/'.repeat(200)}?c=d`))],
    ['a number that is zero', http(role, [0x48, 1]), http(role, [0x48, 0])],
    ['a time that is zero', timed([8, 1], role), timed([8, 0], role)],
    ['no body after one', http(role, field(11, '{}')), http(header('content-length', '0'))],
    ['no path after one', http(role, field(4, '/a')), http(role)],
    [
      'an entry of another map',
      extended('a', header('content-length', '2'), field(11, '{}')),
      http(role, header('content-length', '2'), field(11, '{}')),
    ],
    [
      'pieces of a message',
      http(role, field(5, 'host')),
      Uint8Array.from([...http(role), ...http(field(5, 'b'))]),
    ],
    ['a number of ten bytes', http(role, [0x48, 1]), http(role, [0x48, ...Array<number>(9).fill(0xff), 1])],
  ];
  const masks = [[], SECRETS, [`${HTTP}/headers/x-role`, `${HTTP}/host`]].map((texts) => {
    const pointers = texts.map(parsePointer);
    return { pointers, mask: maskTree(pointers) };
  });
  for (const [title, one, other] of table) {
    for (const learnt of [[one], [other], [one, other]]) {
      forgetLayouts();
      for (const message of learnt) learn(message);
      for (const { pointers, mask } of masks) {
        const messages = [other, one, other];
        const views = messages.map((message) => readable(message)!);
        const written = views.map((view) => textOf(view, mask));
        for (const [i, masked] of written.entries()) {
          assert.ok(masked !== undefined, title);
          compareText(masked, messages[i]!, pointers);
        }
      }
    }
  }
});

test('what only the decoder reads is left to it, also in a layout that is known', () => {
  const raw = field(13, field(1, [...field(1, 'x-raw'), ...field(2, 'b')]));
  const message = http(header('x-role', 'a'), raw);
  for (let time = 0; time < 20; time++) {
    assert.equal(readable(message)!.maskedText(maskTree([])), undefined);
    assert.match(JSON.stringify(readable(message)!.document()), /x-raw/);
  }
});

/** Has a message written, as the log does. */
const write = (message: Uint8Array): void => void readable(message)!.maskedText(maskTree([]));
const ROUTES = Array.from({ length: 20 }, (_, i) => http(header('x-role', 'a'), header(`x-route-${i}`, 'b')));
const many = (count: number, name: (i: number) => string): (readonly number[])[] =>
  Array.from({ length: count }, (_, i) => header(name(i), ''));

test('layouts that are used are kept, and learnt, where callers make up names without end', () => {
  const floods: readonly ((i: number) => Uint8Array)[] = [
    (i) => http(header(`x-made-up-${i}`, 'b'), header('accept', 'c')),
    // What fills the room for names, and that for operations.
    (i) => http(...many(10, (each) => `x-${i}-${each}-${'n'.repeat(80)}`)),
    (i) => http(...many(60, (each) => `x-${i}-${each}`)),
  ];
  const random = randomOf(25);
  for (const flood of floods) {
    forgetLayouts();
    for (let i = 0; i < 4000; i++) write(flood(i));
    assert.ok(known.filter((layout) => layout !== undefined).length <= 64);
    let written = 0;
    for (let i = 0; i < 20_000; i++) {
      const message = ROUTES[random(ROUTES.length)]!;
      if (i > 10_000 && hasLayout(message)) written++;
      write(message);
      if (i % 2 === 0) write(flood(4000 + i));
    }
    assert.ok(written > 9000, `${written}`);
  }
});

test('long messages, and those of many entries, have no layout and are written all the same', () => {
  forgetLayouts();
  const ofLength = (length: number): Uint8Array => {
    const short = http(header('x-role', ''), header('accept', 'c'));
    for (let size = length - short.length - 12; ; size++) {
      const message = http(header('x-role', 'a'.repeat(size)), header('accept', 'c'));
      if (message.length >= length) return message;
    }
  };
  learn(http(header('x-role', 'b'), header('accept', 'c')));
  const lengths: readonly (readonly [number, boolean])[] = [
    [300, true],
    [4090, true],
    [4096, true],
    [4097, false],
    [16_500, false],
    [40_000, false],
  ];
  for (const [length, isKnown] of lengths) {
    const message = ofLength(length);
    assert.equal(hasLayout(message), isKnown, `${message.length}`);
    compareText(textOf(readable(message)!, maskTree([]))!, message, []);
    learn(message);
    assert.equal(hasLayout(message), isKnown, `${message.length}`);
  }
  for (const [count, isLearnt] of [
    [40, true],
    [64, true],
    [65, false],
    [130, false],
  ] as const) {
    const message = http(...many(count, (i) => `x-${i}`));
    learn(message);
    learn(message);
    assert.equal(hasLayout(message), isLearnt, `${count}`);
    const text = textOf(readable(message)!, maskTree([]));
    if (text !== undefined) compareText(text, message, []);
  }
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
    assert.equal(textAt(role), textAt(expected));
  }
});

const textAt = (place: string | TextPlace | undefined): string | undefined =>
  typeof place === 'object' ? place.text : place;

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
