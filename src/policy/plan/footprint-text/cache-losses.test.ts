import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effects, footprint, tree } from '../../../../test/support/hand-made-footprint.ts';
import { type Footprint, FULL, SCALAR, WHOLE } from '../footprint.ts';
import { cacheLosses } from './cache-losses.ts';
import { describeFootprint } from './describe-footprint.ts';

const HTTP = 'attributes.request.http';
const PLAIN = footprint(tree({ [`${HTTP}.method`]: SCALAR }));
const CHANGES: Readonly<Record<string, Footprint>> = {
  plain: PLAIN,
  token: { ...PLAIN, effects: effects({ window: ['io.jwt.decode_verify'] }) },
  hours: { ...PLAIN, effects: effects({ clock: ['time.now_ns'] }), clock: 'compared' },
  now: { ...PLAIN, effects: effects({ clock: ['time.now_ns'] }), clock: 'free' },
  send: { ...PLAIN, effects: effects({ network: ['http.send'] }) },
  id: footprint(tree({ [`${HTTP}.id`]: SCALAR })),
  headers: footprint(tree({ [`${HTTP}.headers`]: FULL })),
  trace: footprint(tree({ [`${HTTP}.headers.traceparent`]: SCALAR })),
  idAndTrace: footprint(tree({ [`${HTTP}.id`]: SCALAR, [`${HTTP}.headers.traceparent`]: SCALAR })),
  whole: footprint(WHOLE),
};

test('a loss is what makes answers that were found again be found no more', () => {
  const table: [before: string, after: string, lost: string[]][] = [
    ['plain', 'plain', []],
    ['plain', 'token', []],
    ['plain', 'hours', []],
    ['plain', 'now', ['clock']],
    ['hours', 'now', ['clock']],
    ['plain', 'send', ['network']],
    ['now', 'send', ['network']],
    ['plain', 'id', ['volatile_read']],
    ['plain', 'whole', ['whole_input']],
    ['id', 'id', []],
    ['id', 'trace', ['volatile_read']],
    ['id', 'idAndTrace', ['volatile_read']],
    ['headers', 'trace', []],
    ['trace', 'headers', ['volatile_read']],
    ['id', 'whole', ['whole_input']],
    ['whole', 'id', []],
    ['whole', 'whole', []],
    ['whole', 'now', ['clock']],
    ['now', 'id', ['volatile_read']],
    // Nothing was kept before.
    ['send', 'send', []],
    ['send', 'whole', []],
    ['send', 'now', []],
  ];
  for (const [before, after, lost] of table) {
    const [old, now] = [before, after].map((name) => describeFootprint(CHANGES[name]!));
    assert.deepEqual(
      cacheLosses(old!, now!).map(({ about }) => about),
      lost,
      `${before} → ${after}`,
    );
  }
});

test('of several parts that differ with each request only those that are new are told', () => {
  const [old, now] = ['id', 'idAndTrace'].map((name) => describeFootprint(CHANGES[name]!));
  assert.match(cacheLosses(old!, now!)[0]!.text, /header traceparent/);
});
