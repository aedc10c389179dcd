import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PortcullisError } from '../../../errors.ts';
import { bodyFacts } from './body-facts.ts';
import { byteString } from './byte-text.ts';
import { parsedBody } from './parsed-body.ts';

const NAMED = 'Content-Disposition: form-data; name="a"';
const one = (content: string, header = NAMED): string => `--b\r\n${header}\r\n\r\n${content}\r\n--b--\r\n`;
const named = (parameters: string): string => one('v', `Content-Disposition: form-data${parameters}`);

/** The form's JSON; undefined where it is refused. */
function read(source: string, contentType = 'multipart/form-data; boundary=b'): string | undefined {
  try {
    const headers = { 'content-type': contentType };
    const request = { path: '/', headers, body: '', rawBody: Buffer.from(source, 'latin1') };
    const options = { limits: { maxBytes: 1 << 20, maxDepth: 32 }, grpc: undefined };
    return JSON.stringify(parsedBody(request, bodyFacts(request), options).value);
  } catch (error) {
    assert.ok(error instanceof PortcullisError);
    return undefined;
  }
}

// Each row is what opa-envoy-plugin v1.15.2 answers, but for those that say otherwise; undefined where it refuses. Sources are bytes.
describe('multipart bodies', () => {
  const rows: [what: string, source: string, expected: string | undefined][] = [
    ['one field', one('v'), '{"a":["v"]}'],
    ['two values', `--b\r\n${NAMED}\r\n\r\n1\r\n--b\r\n${NAMED}\r\n\r\n2\r\n--b--`, '{"a":["1","2"]}'],
    ['JSON', one('{"x":1.0}', `${NAMED}\r\nContent-Type: application/json`), '{"a":[{"x":1.0}]}'],
    ['JSON in capitals', one('[1]', `${NAMED}\r\nContent-Type: Application/JSON`), '{"a":[[1]]}'],
    ['another JSON', one('[1]', `${NAMED}\r\nContent-Type: application/ld+json`), '{"a":[[1]]}'],
    ['JSON in a parameter', one('[1]', `${NAMED}\r\nContent-Type: x; y=application/json`), undefined],
    ['an unreadable type', one('[1]', `${NAMED}\r\nContent-Type: text/plain, x/y`), undefined],
    ['another charset', one('v', `${NAMED}\r\nContent-Type: text/plain; charset=utf-7`), undefined],
    ['the charset', one('v', `${NAMED}\r\nContent-Type: text/plain; charset=UTF-8`), '{"a":["v"]}'],
    ['two types', one('1', `${NAMED}\r\nContent-Type: text/plain\r\nContent-Type: x/y`), undefined],
    ['broken JSON', one('{', `${NAMED}\r\nContent-Type: application/json`), undefined],
    ['empty JSON', one('', `${NAMED}\r\nContent-Type: application/json`), undefined],
    ['a file', one('\0\u0001', `${NAMED}; filename="x.bin"`), '{"a":["\\u0000\\u0001"]}'],
    ['not UTF-8', one('\xff\xe2\x82'), '{"a":["\ufffd\ufffd\ufffd"]}'],
    ['preamble and epilogue', `pre\r\namble\r\n${one('v')}epilogue`, '{"a":["v"]}'],
    ['no parts', '--b--', '{}'],
    ['no parts behind a preamble', 'pre\r\n--b--\r\n', '{}'],
    ['line feeds only', `--b\n${NAMED}\n\nv\n--b--\n`, '{"a":["v"]}'],
    ['line feeds, then CRLF', `--b\n${NAMED}\r\n\r\nv\r\n--b--\r\n`, undefined],
    ['CRLF, then line feeds', `--b\r\n${NAMED}\n\nv\n--b--\n`, undefined],
    ['line feeds in a header', `--b\r\n${NAMED}\n\nv\r\n--b--`, '{"a":["v"]}'],
    ['blanks behind boundaries', `--b \t\r\n${NAMED}\r\n\r\nv\r\n--b-- \r\n`, '{"a":["v"]}'],
    ['more behind the first boundary', `--b x\r\n${NAMED}\r\n\r\nv\r\n--b--\r\n`, '{}'],
    ['a longer boundary inside', one('x\r\n--bb\r\ny'), '{"a":["x\\r\\n--bb\\r\\ny"]}'],
    ['dashes inside', one('x\r\n--b-y'), '{"a":["x\\r\\n--b-y"]}'],
    ['the boundary inside a line', one('x --b-- y'), '{"a":["x --b-- y"]}'],
    ['a longer boundary in front', one('--bb'), '{"a":["--bb"]}'],
    ['empty content', one(''), '{"a":[""]}'],
    ['no content', `--b\r\n${NAMED}\r\n\r\n--b--\r\n`, '{"a":[""]}'],
    ['an end without a boundary', `--b\r\n${NAMED}\r\n\r\nv\r\n`, undefined],
    ['an end at an inner boundary', `--b\r\n${NAMED}\r\n\r\nv\r\n--b`, undefined],
    ['an end behind an inner boundary', `--b\r\n${NAMED}\r\n\r\nv\r\n--b\r\n`, '{"a":["v"]}'],
    ['an end in a header', `--b\r\n${NAMED}\r\n\r\nv\r\n--b\r\n${NAMED}`, '{"a":["v"]}'],
    ['an end behind a header', `--b\r\n${NAMED}\r\n\r\n`, undefined],
    ['no boundary', 'x\r\ny\r\n', undefined],
    ['an empty line between', `--b\r\n${NAMED}\r\n\r\n--b\r\n\r\n--b--`, undefined],
    ['a long line in the preamble', `${'x'.repeat(4096)}\n--b--`, undefined],
    ['a line as long as may be', `${'x'.repeat(4095)}\n--b--`, '{}'],
    [
      'quoted-printable',
      one('=C3=A9', `${NAMED}\r\nContent-Transfer-Encoding: Quoted-Printable`),
      '{"a":["\u00e9"]}',
    ],
    [
      'broken quoted-printable',
      one('a==', `${NAMED}\r\nContent-Transfer-Encoding: quoted-printable`),
      undefined,
    ],
    ['base64', one('YQ==', `${NAMED}\r\nContent-Transfer-Encoding: base64`), '{"a":["YQ=="]}'],
  ];
  for (const [what, source, expected] of rows) it(what, () => assert.equal(read(source), expected));

  it('has at most 10,000 parts, where Go has no limit', () => {
    const parts = (count: number): string => `${`--b\r\n${NAMED}\r\n\r\n\r\n`.repeat(count)}--b--`;
    assert.equal(JSON.parse(read(parts(10_000)) ?? '{}').a?.length, 10_000);
    assert.equal(read(parts(10_001)), undefined);
  });
});

describe('names of parts', () => {
  const rows: [source: string, expected: string | undefined][] = [
    [named('; name=a.b'), '{"a.b":["v"]}'],
    [named(';name="a"'), '{"a":["v"]}'],
    [named('; name="a";'), '{"a":["v"]}'],
    [named('; name="a"; name="a"'), '{"a":["v"]}'],
    [named('; name="a\\"b"'), '{"a\\"b":["v"]}'],
    [named('; name*0="a"; name*1="b"'), '{"ab":["v"]}'],
    [named("; name=a; filename=x; filename*=utf-8''y"), '{"a":["v"]}'],
    [named('; name="\xc3\xa9"'), '{"\u00e9":["v"]}'],
    [named('; name="\xff"'), '{"\ufffd":["v"]}'],
    [named('; name="__proto__"'), '{"__proto__":["v"]}'],
    [named('\xc2\xa0;\xe3\x80\x80name="a"'), '{"a":["v"]}'],
    [named(';\r\n\tname="a"'), '{"a":["v"]}'],
    [named("; name*=UTF-8''%e2%82%ac"), '{"\u20ac":["v"]}'],
    [named("; name*0*=us-ascii'en'%41; name*1=b; name*2*=%43"), '{"AbC":["v"]}'],
    [one('v', 'CONTENT-DISPOSITION: Form-Data; NAME="a"'), '{"a":["v"]}'],
    [one('v', ` ${NAMED}`), undefined],
    [one('v', `${NAMED}\r\nx`), undefined],
    [one('v', `${NAMED}\r\nX: \u0001`), undefined],
    [one('v', `${NAMED}\r\nX: \x7f`), undefined],
    [one('v', `${NAMED}\r\nX: \xff`), '{"a":["v"]}'],
    [one('v', `${NAMED}\r\nX(: y`), undefined],
    [one('v', `${NAMED}\r\n: y`), undefined],
  ];
  for (const [source, expected] of rows) {
    it(JSON.stringify(source.slice(5, -13)), () => assert.equal(read(source), expected));
  }
});

describe('parts without one name, which opa-envoy-plugin leaves out or names by one of several', () => {
  const rows: readonly string[] = [
    named('; name="a"; ;'),
    named('; name="a" x'),
    named('; name="a'),
    named('; name='),
    named(''),
    named('; filename="a"'),
    named('; name=""'),
    named('; name="x"; name="role"'),
    named('; name=role; x'),
    named('; name=role; filename=a b'),
    named("; name*=latin1''x; name=a"),
    named("; name*=utf-8''x; name=a"),
    named("; name*=utf-8''%zz; name=a"),
    named("; name*=latin1''role"),
    named('; name*0="a"; name*1="b"; name*3=c'),
    named('; name*0=a; name=b'),
    named('; name*1=a'),
    named('; name="ro\\le"'),
    one('v', 'Content-Type: text/plain'),
    one('v', 'Content-Type: text/plain; name="role"'),
    one('v', 'Content-Disposition: attachment; name="role"'),
    one('v', 'Content-Disposition : form-data; name="a"'),
    one('v', `${NAMED}\r\nContent-Disposition: form-data; name="b"`),
    one('v', `${NAMED}\r\n${NAMED}`),
    one('v', `Content-Disposition: x\r\n${NAMED}`),
  ];
  for (const source of rows) {
    it(`refuses ${JSON.stringify(source.slice(5, -13))}`, () => assert.equal(read(source), undefined));
  }
});

describe('content types of multipart bodies', () => {
  const rows: [contentType: string, expected: string | undefined][] = [
    ['multipart/form-data; boundary="b"', '{"a":["v"]}'],
    ['multipart/form-data;boundary=b; charset=utf-8', '{"a":["v"]}'],
    ['multipart/form-data', 'null'],
    ['multipart/form-data;', 'null'],
    ['multipart/form-data; boundary=', undefined],
    ['multipart/form-data; boundary=""', undefined],
    ['multipart/form-data; BOUNDARY=b', '{"a":["v"]}'],
    ['multipart/form-data; boundary=b; boundary=c', undefined],
    ['multipart/form-data; boundary=b; boundary=b', '{"a":["v"]}'],
    ['multipart/form-data boundary=b', undefined],
    ['text/plain, multipart/form-data; boundary=b', undefined],
    ['xmultipart/form-data; boundary=b', undefined],
    ["multipart/form-data; boundary=b; boundary*=utf-8''c", undefined],
    ["multipart/form-data; boundary=c; boundary*=utf-8''b", undefined],
    ['multipart/form-data/x; boundary=b', undefined],
    ['multipart/form-data; boundary="b', undefined],
    ["multipart/form-data; boundary*=utf-8''b", '{"a":["v"]}'],
    ['multipart/form-data;; boundary=b', undefined],
    [' multipart/form-data ; boundary = b ; ', '{"a":["v"]}'],
    ['multipart/form-data; boundary=b;;', undefined],
    ['multipart/form-data\u00a0;\u3000boundary=b', '{"a":["v"]}'],
  ];
  for (const [contentType, expected] of rows) {
    it(JSON.stringify(contentType), () => assert.equal(read(one('v'), contentType), expected));
  }
});

it('reads back what fetch writes', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const pairs = fc.array(
    fc.tuple(
      text.filter((name) => name !== ''),
      text,
    ),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(pairs, async (list) => {
      const form = new FormData();
      for (const [name, value] of list) form.append(name, value);
      const response = new Response(form);
      const source = byteString(Buffer.from(await response.arrayBuffer()));
      const expected = Object.create(null) as Record<string, string[]>;
      // Line ends are made CRLF, and a name's quotes and line ends are escaped (HTML, "multipart form data").
      const crlf = (string: string): string => string.replace(/\r\n?|\n/g, '\r\n');
      const escaped = (name: string): string =>
        crlf(name).replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
      for (const [name, value] of list) (expected[escaped(name)] ??= []).push(crlf(value));
      // A backslash before certain characters is an escape to Go, but not to fetch.
      fc.pre(!list.some(([name]) => name.includes('\\')));
      assert.equal(read(source, response.headers.get('content-type') ?? ''), JSON.stringify(expected));
    }),
    { numRuns: 50 },
  );
});
