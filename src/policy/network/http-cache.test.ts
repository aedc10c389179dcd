import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CacheRequest, HttpAnswer, HttpRequest } from './access.ts';
import { HttpCache } from './http-cache.ts';
import { parseHttpDate } from './http-date.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT';

const REQUEST: HttpRequest = {
  kind: 'http',
  method: 'GET',
  url: 'https://api.example/',
  headers: [
    ['Authorization', 'secret'],
    ['Accept', 'a'],
  ],
  body: undefined,
  followRedirects: false,
  timeoutMs: 1000,
  maxRetries: 0,
  tls: { insecureSkipVerify: false, useSystemCerts: false },
  cache: undefined,
};

const asked = (key: string, nowMs: number, more: Partial<CacheRequest> = {}): CacheRequest => ({
  key,
  nowMs,
  forceSeconds: 0,
  store: true,
  keyHeaders: [['Accept', 'a']],
  ...more,
});

/** An origin that counts its answers, and a cache before it. */
class Site {
  readonly cache: HttpCache;
  readonly sent: string[] = [];
  statusCode = 200;
  headers: Record<string, string>;

  constructor(headers: Record<string, string>, maxBytes = 100_000) {
    this.headers = headers;
    this.cache = new HttpCache(maxBytes);
  }

  async ask(cache: CacheRequest, policySet = 'shop'): Promise<string> {
    const answer = await this.cache.answer(policySet, cache, REQUEST, (headers) => {
      this.sent.push(headers.map((header) => header.join('=')).join());
      return Promise.resolve(this.#answer());
    });
    if (answer.kind === 'failure') return answer.message;
    const tag = answer.headers.find(([name]) => name === 'x-tag')?.[1].join() ?? '';
    return `${answer.statusCode} ${Buffer.from(answer.body).toString()}${tag}`;
  }

  #answer(): HttpAnswer {
    const { statusCode } = this;
    const headers = Object.entries({ date: DATE, ...this.headers }).map(
      ([name, value]) => [name, [value]] as const,
    );
    return {
      kind: 'http',
      status: `${statusCode}`,
      statusCode,
      headers,
      body: Buffer.from(`${this.sent.length}`),
    };
  }
}

test('an answer holds until its time, by the evaluation’s clock, exclusive', async () => {
  const site = new Site({ 'cache-control': 'max-age=60' });
  assert.equal(await site.ask(asked('k', NOW_MS)), '200 1');
  assert.equal(await site.ask(asked('k', NOW_MS + 59_999)), '200 1');
  assert.equal(await site.ask(asked('k', NOW_MS + 60_000)), '200 2');
  assert.equal(await site.ask(asked('other', NOW_MS)), '200 3');
  assert.equal(await site.ask(asked('k', NOW_MS, { forceSeconds: 1 })), '200 2');
});

test('of one policy set nothing is given to another', async () => {
  const site = new Site({ 'cache-control': 'max-age=60' });
  assert.equal(await site.ask(asked('k', NOW_MS), 'shop'), '200 1');
  assert.equal(await site.ask(asked('k', NOW_MS), 'bank'), '200 2');
  assert.equal(await site.ask(asked('k', NOW_MS), 'shop'), '200 1');
});

test('a stale answer is revalidated without the headers that its key leaves out', async () => {
  const site = new Site({ 'cache-control': 'max-age=60', etag: '"v1"', 'last-modified': DATE });
  await site.ask(asked('k', NOW_MS));
  Object.assign(site, { statusCode: 304, headers: { 'cache-control': 'max-age=100', 'x-tag': ' renewed' } });
  assert.equal(await site.ask(asked('k', NOW_MS + 60_000)), '200 1 renewed');
  assert.equal(site.sent[1], `Accept=a,If-None-Match="v1",If-Modified-Since=${DATE}`);
  assert.equal(await site.ask(asked('k', NOW_MS + 99_999)), '200 1 renewed');
  // What is neither unchanged nor new is asked for as if nothing had been kept.
  site.statusCode = 500;
  assert.equal(await site.ask(asked('k', NOW_MS + 100_000)), '500 4 renewed');
  assert.equal(site.sent[3], 'Authorization=secret,Accept=a');
});

test('a confirmation that does not say for how long is an error, as in OPA', async () => {
  const site = new Site({ 'cache-control': 'max-age=60', etag: '"v1"' });
  await site.ask(asked('k', NOW_MS));
  Object.assign(site, { statusCode: 304, headers: { 'cache-control': 'max-age=60', date: '' } });
  assert.equal(await site.ask(asked('k', NOW_MS + 60_000)), 'no date header');
});

test('what may not be kept is not', async () => {
  const rows: readonly (readonly [
    headers: Record<string, string>,
    statusCode: number,
    Partial<CacheRequest>,
  ])[] = [
    [{}, 200, {}],
    [{ 'cache-control': 'no-store, max-age=60' }, 200, {}],
    [{ 'cache-control': 'max-age=60' }, 500, {}],
    [{ 'cache-control': 'max-age=60' }, 302, { forceSeconds: 60 }],
    [{ 'cache-control': 'max-age=x' }, 200, {}],
    [{ 'cache-control': 'max-age=60' }, 200, { store: false }],
    [{ 'cache-control': 'max-age=60', date: 'today' }, 200, {}],
    [{ expires: 'never' }, 200, {}],
  ];
  for (const [headers, statusCode, more] of rows) {
    const site = Object.assign(new Site(headers), { statusCode });
    await site.ask(asked('k', NOW_MS, more));
    assert.equal(await site.ask(asked('k', NOW_MS, more)), `${statusCode} 2`, JSON.stringify(headers));
  }
});

test('the cache keeps what was used last, within its size', async () => {
  const site = new Site({ 'cache-control': 'max-age=60' }, 2_000);
  for (let n = 0; n < 20; n++) await site.ask(asked(`key ${n}`, NOW_MS));
  const before = site.sent.length;
  await site.ask(asked('key 19', NOW_MS));
  assert.equal(site.sent.length, before);
  await site.ask(asked('key 0', NOW_MS));
  assert.equal(site.sent.length, before + 1);
});

test('dates of headers', () => {
  const rows: readonly (readonly [text: string, iso: string | undefined])[] = [
    [DATE, '2026-11-22T12:00:00.000Z'],
    ['Sunday, 22-Nov-26 12:00:00 GMT', '2026-11-22T12:00:00.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
    ['Sun, 31 Feb 2026 12:00:00 GMT', undefined],
    ['Sun, 22 Nov 2026 24:00:00 GMT', undefined],
    ['Sun, 22 Nov 2026 12:00:00 +0100', undefined],
    ['2026-11-22T12:00:00Z', undefined],
    ['0', undefined],
    ['', undefined],
  ];
  for (const [text, iso] of rows) {
    const dateMs = parseHttpDate(text);
    assert.equal(dateMs === undefined ? undefined : new Date(dateMs).toISOString(), iso, text);
  }
});
