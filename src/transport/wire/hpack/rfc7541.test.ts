/** The examples of RFC 7541, Appendix C, with the table after each, and blocks as real clients send them. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { CAPTURES } from '../../../../bench/hpack-blocks.ts';
import { HpackDecoder } from './decoder.ts';
import { HpackError } from './hpack-error.ts';

const AUTHORITY = ':authority: www.example.com';
const FIRST = `:method: GET, :scheme: http, :path: /, ${AUTHORITY}`;
const THIRD = `:method: GET, :scheme: https, :path: /index.html, ${AUTHORITY}, custom-key: custom-value`;
const DATE = 'date: Mon; 21 Oct 2013 20:13:21 GMT';
const LATER = 'date: Mon; 21 Oct 2013 20:13:22 GMT';
const LOCATION = 'location: https://www.example.com';
const COOKIE = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const PRIVATE = 'cache-control: private';

type Step = readonly [hex: string, fields: string, table: string];

const REQUESTS: readonly (readonly [fields: string, table: string])[] = [
  [FIRST, AUTHORITY],
  [`${FIRST}, cache-control: no-cache`, `cache-control: no-cache, ${AUTHORITY}`],
  [THIRD, `custom-key: custom-value, cache-control: no-cache, ${AUTHORITY}`],
];
const RESPONSES: readonly (readonly [fields: string, table: string])[] = [
  [`:status: 302, ${PRIVATE}, ${DATE}, ${LOCATION}`, `${LOCATION}, ${DATE}, ${PRIVATE}, :status: 302`],
  [`:status: 307, ${PRIVATE}, ${DATE}, ${LOCATION}`, `:status: 307, ${LOCATION}, ${DATE}, ${PRIVATE}`],
  [
    `:status: 200, ${PRIVATE}, ${LATER}, ${LOCATION}, content-encoding: gzip, ${COOKIE}`,
    `${COOKIE}, content-encoding: gzip, ${LATER}`,
  ],
];

const steps = (rows: readonly (readonly [string, string])[], ...hex: string[]): Step[] =>
  rows.map(([fields, table], index) => [hex[index]!, fields, table]);

const EXAMPLES: Readonly<Record<string, readonly [maxTableBytes: number, steps: readonly Step[]]>> = {
  'C.2.1 literal with indexing': [
    4096,
    [
      [
        '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
        'custom-key: custom-header',
        'custom-key: custom-header',
      ],
    ],
  ],
  'C.2.2 literal without indexing': [4096, [['040c2f73616d706c652f70617468', ':path: /sample/path', '']]],
  'C.2.3 literal never indexed': [4096, [['100870617373776f726406736563726574', 'password: secret', '']]],
  'C.2.4 indexed': [4096, [['82', ':method: GET', '']]],
  'C.3 requests': [
    4096,
    steps(
      REQUESTS,
      '828684410f7777772e6578616d706c652e636f6d',
      '828684be58086e6f2d6361636865',
      '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
    ),
  ],
  'C.4 requests, Huffman': [
    4096,
    steps(
      REQUESTS,
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ),
  ],
  'C.5 responses, evicting': [
    256,
    steps(
      RESPONSES,
      '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
      '4803333037c1c0bf',
      '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
    ),
  ],
  'C.6 responses, Huffman, evicting': [
    256,
    steps(
      RESPONSES,
      '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      '4883640effc1c0bf',
      '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    ),
  ],
};

function decode(decoder: HpackDecoder, hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const { names, values } = decoder.decode(bytes, 0, bytes.length);
  return names.map((name, index) => `${name}: ${values[index]!.replace(',', ';')}`).join(', ');
}

for (const [name, [maxTableBytes, steps]] of Object.entries(EXAMPLES)) {
  test(name, () => {
    const decoder = new HpackDecoder({ maxTableBytes, maxListBytes: 16_384 });
    for (const [hex, fields, table] of steps) {
      assert.equal(decode(decoder, hex), fields);
      const entries = table === '' ? [] : table.split(', ');
      // The table as it is seen from outside: by its indices, up to the last.
      for (const [index, entry] of entries.entries()) {
        assert.equal(decode(decoder, (0xbe + index).toString(16)), entry);
      }
      const beyond = Buffer.from([0xbe + entries.length]);
      assert.throws(() => decoder.decode(beyond, 0, 1), HpackError);
    }
  });
}

for (const [client, { blocks, last }] of Object.entries(CAPTURES)) {
  test(`as ${client} sends them`, () => {
    const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 16_384 });
    const decoded = blocks.map((hex) => decoder.decode(Buffer.from(hex, 'hex'), 0, hex.length / 2)).at(-1)!;
    assert.deepEqual(
      decoded.names.map((name, index) => [name, decoded.values[index]]),
      last,
    );
  });
}
