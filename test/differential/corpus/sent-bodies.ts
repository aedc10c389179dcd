/** Bodies whole, cut and not sent, as text and as bytes. */
import { CHARLIE, END, json, part, typed } from './body.ts';
import { type CorpusRequest, type HttpRequest, requests } from './request.ts';

/** What Envoy says of the body's length, in all combinations with what was sent. */
function announcements(): Record<string, HttpRequest> {
  const rows: Record<string, HttpRequest> = {};
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=foo',
    'text/plain',
    'application/grpc',
    undefined,
  ];
  const lengths = [undefined, '0', '3', '7', '8', '-1', '+7', '07', '9999999999999999999', 'x', '', '7,7'];
  for (const type of types) {
    for (const partial of [undefined, 'true', 'false', 'TRUE', '']) {
      const headers = {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(partial === undefined ? {} : { 'x-envoy-auth-partial-body': partial }),
      };
      rows[`${type}, partial ${partial}, none`] = {
        method: 'POST',
        headers: { ...headers, 'content-length': '7' },
      };
      rows[`${type}, partial ${partial}, whole`] = { method: 'POST', headers, body: '{"a":1}' };
    }
  }
  for (const length of lengths) {
    const headers = length === undefined ? {} : { 'content-length': length };
    rows[`JSON, content-length ${length}`] = json('{"a":1}', headers);
    rows[`JSON, none sent, content-length ${length}`] = json('', headers);
    rows[`form, content-length ${length}`] = {
      ...typed('application/x-www-form-urlencoded', 'abc=def'),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    };
    rows[`text, content-length ${length}`] = {
      method: 'POST',
      headers: { 'content-type': 'text/plain', ...headers },
      body: '1234567',
    };
    rows[`text, none sent, content-length ${length}`] = {
      method: 'POST',
      headers: { 'content-type': 'text/plain', ...headers },
    };
  }
  return rows;
}

const bytes = (...given: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(given.map((one) => (typeof one === 'string' ? Buffer.from(one) : Buffer.of(one))));

const RAW: Readonly<Record<string, HttpRequest>> = {
  JSON: { ...json(''), rawBody: bytes(CHARLIE) },
  'JSON in both': { ...json('{"a":1}'), rawBody: bytes('{"a":2}') },
  'JSON, not UTF-8': { ...json(''), rawBody: bytes('{"a":"', 0xff, '"}') },
  'JSON, a cut character': { ...json(''), rawBody: bytes('"', 0xc3) },
  'JSON, a longer content-length': { ...json('', { 'content-length': '10' }), rawBody: bytes('[1]') },
  'JSON, characters of several bytes': { ...json('"é漢"', { 'content-length': '7' }) },
  form: { ...typed('application/x-www-form-urlencoded', ''), rawBody: bytes('a=b&a=c') },
  'form, not UTF-8': { ...typed('application/x-www-form-urlencoded', ''), rawBody: bytes('a=', 0xff) },
  'form in both': { ...typed('application/x-www-form-urlencoded', 'a=1'), rawBody: bytes('a=2') },
  parts: { ...typed('multipart/form-data; boundary=foo', ''), rawBody: bytes(part('foo', 'bar'), END) },
  'a JSON part, not UTF-8': {
    ...typed('multipart/form-data; boundary=foo', ''),
    rawBody: bytes(part('foo', '"', 'application/json').replace(/\r\n$/, ''), 0xff, '"\r\n', END),
  },
  'parts, not UTF-8': {
    ...typed('multipart/form-data; boundary=foo', ''),
    rawBody: bytes(part('foo', 'bar').replace('bar', ''), 0xff, '\r\n', END),
  },
  text: { ...typed('text/plain', ''), rawBody: bytes(0, 255) },
};

export const SENT_REQUESTS: readonly CorpusRequest[] = [
  ...requests('announced', announcements()),
  ...requests('raw body', RAW),
];
