// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, exactJson, NOON_MS, nsOf, windowsAsked } from './support/clock-policies.ts';
import { makeToken } from './support/tokens.ts';

test('how long answers hold', async (t) => {
  const ask = await windowsAsked(t);
  const [far, ever] = [NOON_MS - DAY_MS, NOON_MS + DAY_MS];
  const zone = 'Europe/Berlin';
  const hour = (text: string): number => Date.parse(`2026-11-23T${text}Z`);
  const table: [
    entrypoint: string,
    input: object,
    answer: string | undefined,
    from: number,
    until: number,
  ][] = [
    ['before', { at: nsOf(NOON_MS + 5) }, 'true', far, NOON_MS + 5],
    ['before', { at: nsOf(NOON_MS) }, undefined, NOON_MS, ever],
    ['before', { at: nsOf(NOON_MS + 5) + 1n }, 'true', far, NOON_MS + 5],
    ['before', { at: nsOf(NOON_MS - 5) + 1n }, undefined, NOON_MS - 4, ever],
    ['before', { at: 'soon' }, 'true', far, ever],
    ['before', { at: nsOf(NOON_MS + 2 * DAY_MS) }, 'true', far, ever],
    ['within', { from: NOON_MS / 1000 - 3, to: NOON_MS / 1000 + 4 }, 'true', NOON_MS - 3000, NOON_MS + 4000],
    ['within', { from: NOON_MS / 1000 + 3, to: NOON_MS / 1000 + 4 }, undefined, far, NOON_MS + 3000],
    ['fraction', { to: NOON_MS / 1000 + 0.5 }, 'true', far, NOON_MS + 500],
    ['age', { at: nsOf(NOON_MS - 1000), max: 2_000_000_000 }, '"young"', far, NOON_MS + 1000],
    ['left', { at: nsOf(NOON_MS + 1000), max: 400_000_000 }, 'true', far, NOON_MS + 600],
    ['scaled', { factor: -1, at: -nsOf(NOON_MS + 9) }, 'true', far, NOON_MS + 9],
    ['shared', { factor: 1000, at: nsOf(NOON_MS + 9) / 1000n }, undefined, far, NOON_MS + 9],
    ['rounded', { to: NOON_MS / 1000 }, '[false,false,false]', far, NOON_MS],
    ['twice', { to: NOON_MS / 500 + 4 }, undefined, far, NOON_MS + 2000],
    ['other', { at: nsOf(NOON_MS + 7) }, 'true', far, NOON_MS + 7],
    ['unequal', { at: nsOf(NOON_MS - 7) }, 'false', NOON_MS - 6, ever],
    ['open', { zone }, 'true', hour('12:00:00'), hour('13:00:00')],
    ['open', { zone: 'Asia/Kolkata' }, undefined, hour('11:30:00'), hour('12:30:00')],
    ['minutes', { zone, minutes: 700 }, 'true', NOON_MS, NOON_MS + 60_000],
    ['shifted', { zone, max: 7_200_000_000_000 }, '11', hour('12:00:00'), hour('13:00:00')],
    ['second', {}, '0', NOON_MS, NOON_MS + 1000],
    ['day', { zone }, '{"day":23,"month":11}', Date.parse('2026-11-22T23:00:00Z'), hour('23:00:00')],
    ['shown', { zone, layouts: ['15:04'] }, '["13:00"]', NOON_MS, NOON_MS + 60_000],
    [
      'shown',
      { zone, layouts: ['2006-01-02'] },
      '["2026-11-23"]',
      hour('00:00:00') - 3_600_000,
      hour('23:00:00'),
    ],
    ['shown', { zone, layouts: ['3PM'] }, '["1PM"]', hour('12:00:00'), hour('13:00:00')],
    ['shown', { zone, layouts: ['05'] }, '["00"]', NOON_MS, NOON_MS + 1000],
    ['by_zero', { at: 1 }, 'true', far, ever],
    ['recent', { at: nsOf(NOON_MS - 30 * DAY_MS + 11) }, 'true', far, NOON_MS + 11],
    ['roles', { grants: [grant('a', -5, 50), grant('b', 20, 90)] }, '["a"]', NOON_MS - 5, NOON_MS + 20],
  ];
  for (const [entrypoint, input, answer, from, until] of table) {
    const wallMs = entrypoint === 'rounded' ? NOON_MS - 1 : NOON_MS;
    const { json: given, effects, validFromMs, validUntilMs } = ask(entrypoint, input, wallMs);
    const note = `${entrypoint} ${String(exactJson(input))}`;
    assert.equal(given?.replaceAll(/[\s]/g, ''), answer, note);
    // A day in both directions of the time that was asked at.
    const edges = [from === far ? wallMs - DAY_MS : from, until === ever ? wallMs + DAY_MS : until];
    assert.deepEqual([effects, validFromMs, validUntilMs], [['window'], ...edges], note);
  }
});

const grant = (role: string, fromMs: number, untilMs: number): object => ({
  role,
  from: nsOf(NOON_MS + fromMs),
  until: nsOf(NOON_MS + untilMs),
});

test('where the time itself shows, or more than a threshold, an answer stays of its moment', async (t) => {
  const input = { at: nsOf(NOON_MS), zone: 'Europe/Berlin', max: 1 };
  for (const entrypoint of [
    'printed',
    'stamped',
    'told',
    'now',
    'seconds',
    'keyed',
    'moment',
    'month_ago',
    'inverse',
    'unequal',
  ]) {
    const ask = await windowsAsked(t);
    const { effects, validFromMs, validUntilMs } = ask(entrypoint, input, NOON_MS);
    assert.deepEqual([effects, validFromMs, validUntilMs], [['clock'], -Infinity, Infinity], entrypoint);
  }
  const ask = await windowsAsked(t);
  assert.deepEqual(ask('upwards', { at: nsOf(NOON_MS + 500) }, NOON_MS).effects, ['clock']);
  assert.deepEqual(ask('huge', { at: 5, factor: 1e12 }, NOON_MS).effects, ['clock']);
  assert.deepEqual(ask('halved', {}, NOON_MS).effects, ['clock']);
  // A second later it is beyond what calendars know: no hour, and so no answer.
  assert.deepEqual(ask('shifted', { zone: 'UTC', max: nsOf(NOON_MS + 1000) - 2n ** 63n }, NOON_MS).effects, [
    'clock',
  ]);
  // The threshold is within this very millisecond.
  assert.deepEqual(ask('before', { at: nsOf(NOON_MS) + 500n }, NOON_MS).effects, ['clock']);
  assert.deepEqual(
    ask('unmet', { at: nsOf(NOON_MS) }, NOON_MS).effects,
    [],
    'a clock that was not read is none',
  );
});

test('clocks that are changed end the window', async (t) => {
  const ask = await windowsAsked(t);
  const zone = 'Europe/Berlin';
  const window = (entrypoint: string, text: string): string[] => {
    const { effects, validFromMs, validUntilMs } = ask(
      entrypoint,
      { zone, minutes: 0, max: 0 },
      Date.parse(text),
    );
    assert.deepEqual(effects, ['window']);
    return [validFromMs, validUntilMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
  };
  assert.deepEqual(window('open', '2026-03-29T00:59:59.999Z'), ['2026-03-29T00:00', '2026-03-29T01:00']);
  assert.deepEqual(window('open', '2026-03-29T01:00:00Z'), ['2026-03-29T01:00', '2026-03-29T02:00']);
  assert.deepEqual(window('open', '2026-10-25T00:30:00Z'), ['2026-10-25T00:00', '2026-10-25T01:00']);
  assert.deepEqual(window('open', '2026-10-25T01:00:00Z'), ['2026-10-25T01:00', '2026-10-25T02:00']);
  // Of the day only what is before the change, or after it.
  assert.deepEqual(window('day', '2026-03-29T00:00:00Z'), ['2026-03-28T23:00', '2026-03-29T01:00']);
  assert.deepEqual(window('day', '2026-03-29T12:00:00Z'), ['2026-03-29T01:00', '2026-03-29T22:00']);
  assert.deepEqual(window('day', '2026-10-25T12:00:00Z'), ['2026-10-25T01:00', '2026-10-25T23:00']);
});

test('the windows of tokens and of the time meet', async (t) => {
  const ask = await windowsAsked(t);
  const token = makeToken({ alg: 'HS256' }, { nbf: NOON_MS / 1000 - 1, exp: NOON_MS / 1000 + 2 }, 's3cret');
  for (const [end, until] of [
    [1500, 1500],
    [2500, 2000],
  ] as const) {
    const { json: answer, ...found } = ask('token', { at: nsOf(NOON_MS + end), token }, NOON_MS);
    assert.deepEqual([answer, found.effects], ['true', ['window']]);
    assert.deepEqual([found.validFromMs, found.validUntilMs], [NOON_MS - 1000, NOON_MS + until]);
  }
});
