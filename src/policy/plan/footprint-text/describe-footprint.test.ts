import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effects, footprint, tree } from '../../../../test/support/hand-made-footprint.ts';
import { COMPARED, type Footprint, FULL, KEYS, type ReadTree, SCALAR, TYPE, WHOLE } from '../footprint.ts';
import { describeFootprint } from './describe-footprint.ts';
import type { ReadRow } from './read-rows.ts';

const HTTP = 'attributes.request.http';
const AT = { file: 'authz.rego', row: 12, col: 3, endRow: 12, endCol: 20 };

test('reads in words', () => {
  const table: [Record<string, number>, string][] = [
    [{}, 'nothing of the input'],
    [{ '': FULL }, 'the whole input'],
    [{ '': TYPE }, 'the type of the input'],
    [{ '': KEYS }, 'the keys of the input'],
    [{ '*': 0 }, 'the keys of the input'],
    [{ '*': FULL }, 'the whole input'],
    [{ [`${HTTP}.method`]: COMPARED, [`${HTTP}.path`]: FULL }, 'method, path'],
    [
      { [`${HTTP}.headers.x-user`]: FULL, [`${HTTP}.headers.authorization`]: SCALAR, [`${HTTP}.id`]: 0 },
      'whether request id is there, headers x-user and authorization',
    ],
    [{ [`${HTTP}.headers.x-user`]: 0 }, 'whether header x-user is there'],
    [{ [`${HTTP}.headers`]: FULL }, 'headers'],
    [{ [`${HTTP}.headers.*`]: SCALAR }, 'each of headers'],
    [{ 'attributes.source.principal': SCALAR }, 'source principal'],
    [{ 'subject.roles': KEYS }, 'the keys of subject.roles'],
    [{ 'subject.roles': TYPE | KEYS, 'subject.roles.*': COMPARED }, 'each of subject.roles'],
    [{ 'subject.roles': KEYS, 'subject.roles.*': FULL }, 'subject.roles'],
    [{ 'subject.roles.*': 0 }, 'the keys of subject.roles'],
    [{ 'subject.active': TYPE }, 'subject.active'],
    [{ [`${HTTP}.headers.x-user`]: TYPE }, 'the type of header x-user'],
    [{ 'spec.containers.*.image': SCALAR }, 'each of spec.containers (image)'],
    [
      { 'rows.*.id': FULL, user: SCALAR, 'rows.*.owner': COMPARED, 'rows.*.draft': TYPE, 'rows.*.note': 0 },
      'whether note of each of rows is there, user, each of rows (id, owner, draft)',
    ],
    [{ 'spec.*.ports.*.name': SCALAR }, 'each of ports of each of spec (name)'],
    [{ subject: KEYS, 'subject.name': SCALAR }, 'the keys of subject, subject.name'],
    [{ 'subject.a/b.0': SCALAR }, 'subject["a/b"][0]'],
  ];
  for (const [reads, words] of table)
    assert.equal(describeFootprint(footprint(tree(reads))).text, `reads ${words}; ${cacheable(words)}`);
});

/** Whoever reads all headers reads those that differ with each request. */
function cacheable(words: string): string {
  if (words === 'the whole input') return 'cacheable, but found again only for the very same input';
  return / headers?$|^headers$/.test(words) ? 'cacheable, but hardly ever found again' : 'cacheable';
}

test('for programs each path that is seen, with all kinds of reads', () => {
  const reads = tree({ 'a.b': TYPE | SCALAR, 'a.c': 0, 'a.d': KEYS, 'a.d.*': FULL, 'x-y': COMPARED });
  const { reads: rows } = describeFootprint(footprint(reads));
  const expected: ReadRow[] = [
    { path: 'input.a.b', kinds: ['type', 'scalar'] },
    { path: 'input.a.c', kinds: ['exists'] },
    { path: 'input.a.d', kinds: ['keys'] },
    { path: 'input.a.d.*', kinds: ['full'] },
    { path: 'input["x-y"]', kinds: ['compared'] },
  ];
  assert.deepEqual(rows, expected);
});

test('what the data is read of', () => {
  const data = tree({ 'shop.grants.*.role': SCALAR, 'shop.limits': FULL });
  const { dataText, dataReads } = describeFootprint(footprint({ reads: 0 }, { data }));
  assert.equal(dataText, 'reads data.shop.grants, data.shop.limits');
  assert.deepEqual(
    dataReads.map(({ path }) => path),
    ['data.shop.grants.*.role', 'data.shop.limits'],
  );
});

test('how long answers can be kept, and what they depend on', () => {
  const JWT = 'io.jwt.decode_verify';
  const CERTIFICATE = 'crypto.x509.parse_and_verify_certificates';
  const table: [Partial<Footprint>, string, string][] = [
    [{}, 'always', 'cacheable'],
    [{ effects: effects({ window: [JWT] }) }, 'window', 'cacheable up to token expiry'],
    [
      { effects: effects({ window: [JWT, CERTIFICATE] }) },
      'window',
      'cacheable up to token expiry or certificate expiry',
    ],
    [
      { effects: effects({ clock: ['time.now_ns'], window: [JWT] }), clock: 'compared' },
      'derived_window',
      'depends on the clock through time.now_ns; cacheable up to the moment a time comparison changes or token expiry',
    ],
    [
      { effects: effects({ clock: ['time.now_ns'] }), clock: 'free' },
      'time_resolution',
      'depends on the clock through time.now_ns; cacheable only with a time resolution',
    ],
    [
      { effects: effects({ clock: ['time.now_ns'], window: [JWT] }), clock: 'free' },
      'time_resolution',
      'depends on the clock through time.now_ns; cacheable only with a time resolution up to token expiry',
    ],
    [
      { effects: effects({ network: ['http.send'], random: ['rand.intn', 'uuid.rfc4122'] }) },
      'never',
      'depends on the network through http.send and chance through rand.intn and uuid.rfc4122; ' +
        'never cached, for http.send, rand.intn and uuid.rfc4122',
    ],
    [
      { effects: effects({ host: ['opa.runtime'], print: ['trace'] }) },
      'always',
      'depends on the configuration of the server through opa.runtime; cacheable',
    ],
  ];
  for (const [given, kind, text] of table) {
    const described = describeFootprint(footprint(tree({ user: SCALAR }), given));
    assert.equal(described.text, `reads user; ${text}`);
    assert.equal(described.cacheability.class, kind);
  }
});

test('parts that differ with each request are found wherever they are read', () => {
  const table: [Record<string, number>, string[]][] = [
    [{ [`${HTTP}.id`]: COMPARED }, ['request id: every request has another']],
    [{ [`${HTTP}.id`]: TYPE }, []],
    [{ [`${HTTP}.headers.x-request-id`]: 0 }, []],
    [{ [`${HTTP}.headers.x-request-id`]: SCALAR }, ['header x-request-id: every request has another']],
    [{ [`${HTTP}.headers.x-user`]: SCALAR, [`${HTTP}.headers`]: KEYS }, []],
    [
      { [`${HTTP}.headers`]: FULL },
      [
        'all headers, and with it header x-request-id, header x-correlation-id and others: every request has another',
      ],
    ],
    [
      { [`${HTTP}.headers.*`]: SCALAR },
      [
        'all headers, and with it header x-request-id, header x-correlation-id and others: every request has another',
      ],
    ],
    [
      { 'attributes.source': FULL, 'attributes.request.time': SCALAR },
      [
        'request time: every request has another',
        'all of attributes.source, and with it source port: every connection has another',
      ],
    ],
    [{ 'request.uid': SCALAR }, ['request.uid: every admission review has another']],
    [{ 'request.object': FULL }, []],
    [{ request: FULL }, []],
    [
      { request: FULL, kind: SCALAR },
      ['all of request, and with it request.uid: every admission review has another'],
    ],
    [{ '': FULL }, []],
  ];
  for (const [reads, expected] of table) {
    const { advice } = describeFootprint(footprint(tree(reads)));
    const found = advice.filter(({ about }) => about === 'volatile_read').map(({ text }) => text);
    assert.deepEqual(
      found.map((text) => /^it reads (.*); /.exec(text)![1]),
      expected,
      JSON.stringify(reads),
    );
  }
});

test('advice says what is so, where, and what could be changed', () => {
  const why = 'handed to json.marshal';
  const table: [Partial<Footprint> & { input?: ReadTree }, string, string | undefined, RegExp][] = [
    [
      { input: WHOLE, fullReads: [{ path: 'input', at: AT, why }] },
      'whole_input',
      'authz.rego:12:3',
      /^it reads the whole input \(handed to json\.marshal\): use the parts/,
    ],
    [{ input: WHOLE }, 'whole_input', undefined, /^it is not known which parts/],
    [
      {
        input: tree({ [`${HTTP}.headers`]: FULL }),
        fullReads: [{ path: `input.${HTTP}.headers`, at: AT, why }],
      },
      'volatile_read',
      'authz.rego:12:3',
      /others: every request has another \(handed to json\.marshal\); read the parts that it needs/,
    ],
    [
      { effects: effects({ network: ['http.send'] }) },
      'network',
      undefined,
      /^http\.send asks the network: /,
    ],
    [{ effects: effects({ random: ['rand.intn'] }) }, 'random', undefined, /^rand\.intn is random: /],
    [{ effects: effects({ clock: ['time.now_ns'] }), clock: 'free' }, 'clock', undefined, /timeResolution/],
  ];
  for (const [given, about, place, text] of table) {
    const { advice } = describeFootprint(footprint(given.input ?? { reads: 0 }, given));
    assert.deepEqual(
      advice.map((each) => [each.about, each.place]),
      [[about, place]],
    );
    assert.match(advice[0]!.text, text);
  }
  assert.deepEqual(describeFootprint(footprint(tree({ user: FULL }))).advice, []);
});

test('a description is plain JSON', () => {
  const described = describeFootprint(
    footprint(tree({ user: SCALAR }), { effects: effects({ window: ['x'] }) }),
  );
  assert.deepEqual(JSON.parse(JSON.stringify(described)), described);
});
