/** Messages that are empty, odd or broken on the wire, written byte by byte. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type CorpusRequest, rawRequest } from './request.ts';
import { bits64, bytes, entry, field, type Part, varint } from './wire.ts';

const header = (key: Part | string, value: Part | string): Part => entry(3, key, value);
const rawHeader = (key: string, ...value: readonly Part[]): Part => field(1, field(1, key), ...value);
const attributes = (...fields: readonly Part[]): Part => field(1, ...fields);
const http = (...fields: readonly Part[]): Part =>
  attributes(field(4, field(2, field(2, 'GET'), field(4, '/people'), ...fields)));
const metadata = (...value: readonly Part[]): Part =>
  attributes(
    field(4, field(2, field(2, 'GET'), field(4, '/people'))),
    field(11, field(1, field(1, 'n'), field(2, ...value))),
  );
const member = (name: string, ...value: readonly Part[]): Part =>
  field(1, field(1, name), field(2, ...value));

const NOT_UTF8 = bytes(0x61, 0xff, 0x62);

const ROWS: Readonly<Record<string, readonly Part[]>> = {
  'an empty message': [],
  'empty attributes': [attributes()],
  'an empty request': [attributes(field(4))],
  'an empty HTTP request': [attributes(field(4, field(2)))],
  'attributes twice': [
    attributes(field(4, field(2, field(2, 'GET')))),
    attributes(field(4, field(2, field(4, '/people')))),
  ],
  'defaults written out': [
    attributes(
      field(
        1,
        field(1, field(1, varint(1, 0), field(2, ''), varint(3, 0), varint(6, 0))),
        field(2, ''),
        field(4, ''),
      ),
      field(
        4,
        field(1, varint(1, 0), varint(2, 0)),
        field(2, field(1, ''), field(2, ''), field(4, ''), varint(9, 0), field(11, ''), field(12)),
      ),
      field(12, field(1, '')),
    ),
  ],
  'a field twice': [http(field(2, 'POST'), field(2, 'PUT'))],
  'a header twice': [http(header('x-a', '1'), header('x-a', '2'))],
  'a header without a name': [http(field(3, field(2, 'v')))],
  'a header without a value': [http(field(3, field(1, 'x-a')))],
  'a header entry of nothing': [http(field(3))],
  'a header entry with its key twice': [http(field(3, field(1, 'a'), field(1, 'b'), field(2, 'v')))],
  '__proto__ as a header': [http(header('__proto__', 'x'), header('constructor', 'y'))],
  '__proto__ as a context extension': [http(), attributes(entry(10, '__proto__', 'x'))],
  '__proto__ as a label': [http(), attributes(field(1, entry(3, '__proto__', 'x')))],
  '__proto__ in metadata': [metadata(member('__proto__', field(5, member('__proto__', varint(4, 1)))))],
  'plain headers beside raw ones': [
    http(header('x-a', 'plain'), field(13, rawHeader('x-a', field(3, 'raw')))),
  ],
  'no raw headers': [http(field(13))],
  'method not UTF-8': [http(field(2, NOT_UTF8))],
  'path not UTF-8': [http(field(4, NOT_UTF8))],
  'body not UTF-8': [http(header('content-type', 'application/json'), field(11, NOT_UTF8))],
  'header value not UTF-8': [http(header('x-a', NOT_UTF8))],
  'header name not UTF-8': [http(header(NOT_UTF8, 'v'))],
  'surrogates as UTF-8': [http(header('x-a', bytes(0xed, 0xa0, 0x80)))],
  'an overlong character': [http(header('x-a', bytes(0xc0, 0xaf)))],
  'principal not UTF-8': [http(), attributes(field(1, field(4, NOT_UTF8)))],
  'context extension not UTF-8': [http(), attributes(entry(10, 'a', NOT_UTF8))],
  'metadata text not UTF-8': [metadata(member('a', field(3, NOT_UTF8)))],
  'the replacement character': [http(header('x-a', '\ufffd'))],
  'a byte order mark': [http(header('x-a', '\ufeffv'))],
  'an unknown field': [http(), field(99, 'x'), attributes(field(77, 'y'))],
  'an unknown field in the HTTP request': [http(varint(90, 5), bits64(91, 1))],
  'an unknown group': [
    http(
      new BinaryWriter()
        .tag(90, WireType.StartGroup)
        .tag(1, WireType.Varint)
        .uint32(1)
        .tag(90, WireType.EndGroup)
        .finish(),
    ),
  ],
  'a varint of ten bytes': [
    http(Buffer.concat([bytes(0x48), bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)])),
  ],
  'a varint longer than needed': [http(bytes(0x48, 0x81, 0x80, 0x00))],
  'a varint of eleven bytes': [
    http(bytes(0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)),
  ],
  'a field of another type': [http(varint(2, 5))],
  'size as text': [http(field(9, '5'))],
  'a message as a number': [http(), varint(1, 5)],
  'a cut message': [http().subarray(0, 9)],
  'a length beyond the end': [bytes(0x0a, 5, 0)],
  'a huge length': [bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
  'field number zero': [http(), bytes(0x02, 0)],
  'an end without a group': [http(), bytes(0x0c)],
  'wire type six': [http(), bytes(0x0e)],
  text: [Buffer.from('GET / HTTP/1.1\r\n')],
  'both ports': [http(), attributes(field(1, field(1, field(1, varint(3, 8080), field(4, 'http')))))],
  'both addresses': [
    http(),
    attributes(field(1, field(1, field(1, field(2, '10.0.0.1')), field(2, field(1, '/sock'))))),
  ],
  'an address in two pieces': [
    http(),
    attributes(field(1, field(1, field(1, field(2, '10.0.0.1')), field(1, varint(3, 80))))),
  ],
  'metadata of no kind': [metadata(member('a'))],
  'a metadata entry without a value': [metadata(field(1, field(1, 'a')))],
  'metadata of two kinds': [metadata(member('a', varint(4, 1), field(3, 'text')))],
  'metadata, a member twice': [metadata(member('a', field(3, '1')), member('a', field(3, '2')))],
  'metadata, a null of another number': [metadata(member('a', varint(1, 5)))],
  'metadata, not a number': [metadata(member('a', bits64(2, Number.NaN)))],
  'metadata, infinite': [metadata(member('a', bits64(2, Number.POSITIVE_INFINITY)))],
  'metadata, a namespace twice': [metadata(member('a', field(3, '1'))), metadata(member('b', field(3, '2')))],
  'metadata, a namespace without a value': [http(), attributes(field(11, field(1, field(1, 'n'))))],
  'metadata, deep': [metadata(member('a', deep(40)))],
  'metadata, an empty list and object': [metadata(member('a', field(6)), member('b', field(5)))],
  'typed metadata without a value': [http(), attributes(field(11, field(2, field(1, 'n'))))],
};

function deep(levels: number): Part {
  let value = varint(4, 1);
  for (let level = 0; level < levels; level++) value = field(6, field(1, value));
  return value;
}

/** Headers as `encode_raw_headers` sends them, and what they are as plain ones. */
const RAW_HEADERS: readonly (readonly [
  name: string,
  raw: readonly (readonly [string, ...Part[]])[],
  plain: Readonly<Record<string, string>>,
  body?: string,
])[] = [
  [
    'raw headers',
    [
      [':method', field(3, 'GET')],
      ['x-user', field(3, 'alice')],
    ],
    { ':method': 'GET', 'x-user': 'alice' },
  ],
  [
    'raw headers twice',
    [
      ['x-a', field(3, '1')],
      ['x-a', field(3, '2')],
    ],
    { 'x-a': '1,2' },
  ],
  ['raw headers that are not UTF-8', [['x-a', field(3, NOT_UTF8)]], { 'x-a': 'a!b' }],
  [
    'raw headers as text',
    [
      ['x-a', field(2, 'text')],
      ['x-b', field(2, 't'), field(3, 'r')],
    ],
    { 'x-a': 'text', 'x-b': 'r' },
  ],
  ['a nameless raw header', [['']], { '': '' }],
  ['raw headers with a case', [['x-case', field(3, 'denied-everything')]], { 'x-case': 'denied-everything' }],
  [
    'raw headers with a body',
    [['content-type', field(3, 'application/json')]],
    { 'content-type': 'application/json' },
    '{"firstname":"Charlie","lastname":"Opa"}',
  ],
  [
    'raw headers with a partial body',
    [['x-envoy-auth-partial-body', field(3, 'true')]],
    { 'x-envoy-auth-partial-body': 'true' },
    '{',
  ],
  [
    'raw headers with a malformed body',
    [['content-type', field(3, 'application/json')]],
    { 'content-type': 'application/json' },
    '{',
  ],
];

const RAW_HEADER_REQUESTS = RAW_HEADERS.map(([name, raw, plain, body]) => {
  const map = field(13, ...raw.map(([key, ...value]) => rawHeader(key, ...value)));
  const headers = Object.entries(plain).map(([key, value]) => header(key, value));
  const sent = body === undefined ? [] : [field(11, body)];
  return rawRequest(`wire: ${name}`, http(map, ...sent), {
    plain: http(map, ...headers, ...sent),
    mended: http(map, ...(body === undefined ? headers : [header('x-a', '1')])),
  });
});

export const RAW_REQUESTS: readonly CorpusRequest[] = [
  ...Object.entries(ROWS).map(([name, parts]) => rawRequest(`wire: ${name}`, Buffer.concat(parts))),
  ...RAW_HEADER_REQUESTS,
];
