/** CheckRequests as Envoy sends them and as nobody should: encodings with all that protobuf allows, and then changed bytes. */

type Random = (below: number) => number;

/** A generator of integers below its argument: the same for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const TEXTS = [
  '',
  'a',
  'GET',
  'x-role',
  'admin',
  'x_role',
  'traceparent',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'content-type',
  'application/json',
  'content-length',
  '2',
  '0',
  'none',
  'x-envoy-auth-partial-body',
  'true',
  'false',
  '__proto__',
  'toString',
  'constructor',
  '\u00e9',
  '\u{1f600}',
  '"quoted\\"',
  'line\u2028feed\n',
  '\u0000',
  'zone',
  'portcullis.no_cache',
  'portcullis.policy_set',
  ':path',
  'cookie',
  'authorization',
  'Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
  'spiffe://shop.example/ns/shop/sa/orders',
  '\ufffd',
  '\ufeff',
];
const PATHS = [
  '/',
  '',
  '*',
  '/a',
  '/a/b/c',
  '/a//b',
  '//a',
  '/a/../b',
  '/a/.',
  '/a./b',
  '/.a',
  '/a%2fb',
  '/%zz',
  '/a?x=1',
  '/a?x=1&x=2&b',
  '/a?',
  '/?',
  '?',
  '/a?b#c',
  '/a#b',
  '/a b',
  '/a;b',
  '/\u00e9',
  '/a?q=%zz',
  '/a?q=;',
  '/a?q=\u00e9',
  '/a/',
  '/a\\b',
  '/a"b',
  "/a:b@c!$&'()*+,=~_-",
  `/${'s/'.repeat(70)}`,
  `/${'s/'.repeat(63)}x`,
  '/a/b/c/d/e/f/g/h/i/j',
  '/a?x?y',
  '/a%20b?c=d',
  'http://host/a',
];
const BODIES = ['', '{}', '{"a":1}', '{', 'a=1&b=2', '[1.0,1e400]', '\u00e9'];

/** A message, field by field, each with its own ways of being odd. */
class Encoder {
  readonly #random: Random;
  /** How likely oddities are, in a hundred. */
  readonly #odd: number;

  constructor(random: Random, odd: number) {
    this.#random = random;
    this.#odd = odd;
  }

  odd(): boolean {
    return this.#random(100) < this.#odd;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)]!;
  }

  varint(value: bigint | number): number[] {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    const longer = this.odd() && this.#random(6) === 0 ? this.#random(10) : 0;
    while (rest > 0x7fn || bytes.length < longer) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    return bytes;
  }

  tag(number: number, type: number): number[] {
    if (this.odd() && this.#random(40) === 0) return this.varint(number * 8 + this.#random(8));
    return this.varint(number * 8 + type);
  }

  number(number: number, value: bigint | number): number[] {
    return [...this.tag(number, 0), ...this.varint(value)];
  }

  bytes(number: number, content: readonly number[]): number[] {
    let { length } = content;
    if (this.odd() && this.#random(60) === 0) length += this.#random(3) - 1;
    return [...this.tag(number, 2), ...this.varint(Math.max(0, length)), ...content];
  }

  text(number: number, text: string): number[] {
    const content = [...Buffer.from(text)];
    if (this.odd() && this.#random(60) === 0)
      content.splice(this.#random(content.length + 1), 0, this.#random(256));
    return this.bytes(number, content);
  }

  entry(number: number, key: string, value: string): number[] {
    const parts = [this.text(1, key), this.text(2, value)];
    if (this.odd()) {
      const way = this.#random(5);
      if (way === 0) parts.reverse();
      if (way === 1) parts.pop();
      if (way === 2) parts.shift();
      if (way === 3) parts.push(this.text(1 + this.#random(2), this.pick(TEXTS)));
      if (way === 4) parts.push(this.unknown());
    }
    return this.bytes(number, parts.flat());
  }

  unknown(): number[] {
    const number = this.pick([14, 15, 16, 9, 200, 19_000, 2 ** 29 - 1]);
    return this.pick([
      () => [...this.tag(number, 0), 0x96, 1],
      () => [...this.tag(number, 1), 1, 2, 3, 4, 5, 6, 7, 8],
      () => [...this.tag(number, 2), 2, 0xff, 0xff],
      () => [...this.tag(number, 5), 1, 2, 3, 4],
      () => [...this.tag(number, 3), ...this.tag(number, 4)],
    ])();
  }

  /** Fields in any order, some twice, some split into two messages. */
  message(number: number, fields: number[][]): number[] {
    const list = [...fields];
    if (this.odd()) {
      const way = this.#random(5);
      if (way === 0) list.sort(() => this.#random(3) - 1);
      if (way === 1 && list.length > 0) list.push(this.pick(list));
      if (way === 2) list.push(this.unknown());
      if (way === 3) {
        const half = this.#random(list.length + 1);
        return [
          ...this.bytes(number, list.slice(0, half).flat()),
          ...(this.odd() ? this.unknown() : []),
          ...this.bytes(number, list.slice(half).flat()),
        ];
      }
      if (way === 4 && list.length > 0) list.splice(this.#random(list.length), 1);
    }
    return this.bytes(number, list.flat());
  }

  some<T>(part: () => T, percent: number): T[] {
    return this.#random(100) < percent ? [part()] : [];
  }

  below(limit: number): number {
    return this.#random(limit);
  }
}

/** Names of headers as they are. */
const PLAIN_NAMES =
  ':authority :path accept authorization content-encoding content-length content-type cookie traceparent user-agent x-envoy-auth-partial-body x-role x-role-more x_role ~'.split(
    ' ',
  );

/** A CheckRequest. `odd` is how likely each oddity is, in a hundred; 0: as Envoy sends it. `plain`: with ordinary names, each of them once, and no metadata. */
export function checkMessage(random: Random, odd: number, plain: boolean = false): Uint8Array {
  const e = new Encoder(random, odd);
  const text = (): string => (e.odd() ? e.pick(TEXTS) : e.pick(TEXTS.slice(0, 24)));
  const socket = (): number[] =>
    e.message(1, [
      ...e.some(() => e.number(1, e.below(2)), 20),
      e.text(2, '10.0.0.1'),
      e.number(3, e.pick([8080, 0, 443, 65_535])),
      ...e.some(() => e.text(4, e.pick(['', 'http'])), e.odd() ? 20 : 0),
      ...e.some(() => e.number(6, e.below(3)), 10),
    ]);
  const address = (): number[] =>
    e.message(1, [
      socket(),
      ...e.some(() => e.message(2, [e.text(1, '/run/x.sock'), e.number(2, e.below(3))]), e.odd() ? 10 : 0),
      ...e.some(() => e.message(3, [e.text(1, e.pick(['', 'x'])), e.text(2, 'y')]), e.odd() ? 10 : 0),
    ]);
  const peer = (number: number): number[] =>
    e.message(number, [
      address(),
      ...e.some(() => e.text(2, text()), 10),
      ...e.some(() => e.entry(3, text(), text()), 10),
      ...e.some(() => e.text(4, e.pick(['', 'spiffe://a/b', 'CN=\u00e9'])), 60),
      ...e.some(() => e.text(5, 'cert'.repeat(e.below(900))), 5),
    ]);
  const path = e.pick(PATHS);
  const names = plain
    ? PLAIN_NAMES.filter(() => e.below(2) === 0)
    : Array.from({ length: e.below(16) }, text);
  if (e.below(2) === 0) names.reverse();
  const headers = names.map((name) => e.entry(3, name, text()));
  if (!plain && e.below(12) === 0) headers.push(e.entry(3, 'cookie', 'c'.repeat(e.below(12_000))));
  const http = e.message(2, [
    e.text(1, '1234567890'),
    e.text(2, e.pick(['GET', 'POST', 'OPTIONS', 'CONNECT', ''])),
    ...headers,
    e.text(4, path),
    e.text(5, 'shop.example'),
    e.text(6, 'https'),
    ...e.some(() => e.number(9, e.pick([-1n, 0n, 12n, 2n ** 53n, 2n ** 62n, -(2n ** 63n)])), 70),
    e.text(10, 'HTTP/2'),
    ...e.some(() => e.text(11, e.pick(BODIES)), 20),
    ...e.some(() => e.bytes(12, [...Buffer.from(e.pick(BODIES))]), plain ? 2 : 20),
    ...e.some(() => e.text(11, 'b'.repeat(e.below(30_000))), 2),
    ...e.some(
      () =>
        e.message(13, [
          e.message(1, [e.text(1, text()), ...e.some(() => e.text(2, text()), 50), e.bytes(3, [0x61, 0xff])]),
        ]),
      odd === 0 ? 0 : 5,
    ),
  ]);
  const struct = (): number[] =>
    e.message(1, [
      ...e.some(
        () =>
          e.message(1, [
            e.text(1, text()),
            e.bytes(2, e.pick([[0x1a, 1, 0x61], [0x20, 1], [8, 0], [0x2a, 0], ...(e.odd() ? [[]] : [])])),
          ]),
        80,
      ),
    ]);
  const metadata = (number: number): number[] =>
    e.message(number, [
      ...e.some(() => e.message(1, [e.text(1, text()), e.bytes(2, struct().slice(2))]), 25),
      ...e.some(() => e.message(2, [e.text(1, text()), e.bytes(2, [])]), e.odd() ? 10 : 0),
    ]);
  const attributes = e.message(1, [
    peer(1),
    peer(2),
    e.message(4, [e.message(1, [e.number(1, 1_795_000_000), e.number(2, e.below(10 ** 9))]), http]),
    ...Array.from({ length: e.below(3) }, (_, i) => e.entry(10, plain ? `zone-${i}` : text(), text())),
    ...e.some(() => metadata(11), plain ? 5 : 60),
    ...e.some(() => e.message(12, [e.text(1, 'shop.example')]), 50),
    ...e.some(() => metadata(13), plain ? 5 : 30),
  ]);
  const message = e.odd() && e.below(20) === 0 ? [...attributes, ...e.unknown()] : attributes;
  return Uint8Array.from(message);
}

/** The message with a byte changed, left out, added, or cut off. */
export function changed(message: Uint8Array, random: Random): Uint8Array {
  const bytes = [...message];
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(bytes.length + 1);
    const way = random(5);
    if (way === 0) bytes[Math.min(at, bytes.length - 1)] = random(256);
    else if (way === 1) bytes.splice(at, 1);
    else if (way === 2) bytes.splice(at, 0, random(256));
    else if (way === 3) bytes.length = at;
    else if (bytes.length > 0) bytes[Math.min(at, bytes.length - 1)]! ^= 1 << random(8);
  }
  return Uint8Array.from(bytes);
}
