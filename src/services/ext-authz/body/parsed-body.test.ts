import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PortcullisError } from '../../../errors.ts';
import { bodyFacts } from './body-facts.ts';
import { type ParsedBody, parsedBody } from './parsed-body.ts';

const LIMITS = { maxBytes: 1 << 20, maxDepth: 32 };

type Given = Readonly<Record<string, string | undefined>>;

function parsed(given: Given, body: string | Uint8Array): ParsedBody {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const headers = Object.fromEntries(set) as Record<string, string>;
  const isText = typeof body === 'string';
  const source = { path: '/', headers, body: isText ? body : '', rawBody: isText ? new Uint8Array(0) : body };
  return parsedBody(source, bodyFacts(source), { limits: LIMITS, grpc: undefined });
}

/** The value's JSON, `truncated`, or the code of the error. */
function answer(
  contentType: string | undefined,
  body: string | Uint8Array,
  length?: string,
  mark?: string,
  encoding?: string,
): string {
  const given = {
    'content-type': contentType,
    'content-length': length,
    'x-envoy-auth-partial-body': mark,
    'content-encoding': encoding,
  };
  try {
    const { value, truncated } = parsed(given, body);
    if (!truncated) return JSON.stringify(value);
    assert.equal(value, null);
    return 'truncated';
  } catch (error) {
    assert.ok(error instanceof PortcullisError);
    return error.code;
  }
}

const formatOf = (contentType: string, body: string, length?: string): string | null =>
  parsed({ 'content-type': contentType, 'content-length': length }, body).format;

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

describe('parsedBody, as opa-envoy-plugin v1.15.2 answers', () => {
  const rows: [
    contentType: string,
    body: string,
    expected: string,
    length?: string | undefined,
    mark?: string,
  ][] = [
    [JSON_TYPE, '{"a":[1,1.0,1e3,-0,12345678901234567890]}', '{"a":[1,1.0,1e3,-0,12345678901234567890]}'],
    [JSON_TYPE, 'null', 'null'],
    [JSON_TYPE, ' "x" ', '"x"'],
    [JSON_TYPE, '', 'null'],
    [JSON_TYPE, '{"a":1', 'json_invalid'],
    [JSON_TYPE, '{} {}', 'json_invalid'],
    [JSON_TYPE, '\ufeff{}', 'json_invalid'],
    [JSON_TYPE, ' ', 'json_invalid'],
    [JSON_TYPE, '"\\ud800"', '"\ufffd"'],
    [JSON_TYPE, '{"__proto__":1}', '{"__proto__":1}'],
    ['application/json; charset=utf-8', '[]', '[]'],
    ['text/plain', 'x', 'null'],
    [JSON_TYPE, '[1]', '[1]', '3'],
    [JSON_TYPE, '[1]', 'truncated', '4'],
    [JSON_TYPE, '[1]', '[1]', '2'],
    [JSON_TYPE, '[1]', '[1]', '-1'],
    [JSON_TYPE, '[1]', '[1]', '-7'],
    [JSON_TYPE, '[1]', '[1]', '+3'],
    [JSON_TYPE, '[1]', '[1]', '003'],
    [JSON_TYPE, '[1]', 'invalid_request', ''],
    [JSON_TYPE, '[1]', 'invalid_request', ' 3'],
    [JSON_TYPE, '[1]', 'invalid_request', '3,3'],
    [JSON_TYPE, '[1]', 'truncated', '9223372036854775807'],
    [JSON_TYPE, '[1]', 'invalid_request', '9223372036854775808'],
    [JSON_TYPE, '', 'null', '5'],
    [JSON_TYPE, '', 'null', 'x'],
    [JSON_TYPE, '"\u00e9"', '"\u00e9"', '4'],
    [JSON_TYPE, '"\u00e9"', 'truncated', '5'],
    [JSON_TYPE, '[1]', 'truncated', undefined, 'true'],
    [JSON_TYPE, '[1]', '[1]', undefined, 'false'],
    [JSON_TYPE, '[1]', 'truncated', '9', 'false'],
    [JSON_TYPE, '[1]', '[1]', undefined, 'TRUE'],
    ['text/plain', 'x', 'truncated', undefined, 'true'],
    ['text/plain', 'x', 'null', '9'],
    [FORM, 'a=1&a=2&b', '{"a":["1","2"],"b":[""]}'],
    [FORM, 'a=1;b=2', 'invalid_request'],
    [FORM, 'a=%', 'invalid_request'],
    [FORM, 'a+b=%20+', '{"a b":["  "]}'],
    [FORM, '', 'null'],
    [FORM, 'a=1', 'truncated', '4'],
    [FORM, 'a=1', 'invalid_request', 'x'],
    [FORM, '{"a":1}', '{"{\\"a\\":1}":[""]}'],
    [FORM, '__proto__=1&__proto__=2', '{"__proto__":["1","2"]}'],
    ['application/grpc', 'x', 'null'],
  ];
  for (const [contentType, body, expected, length, mark] of rows) {
    const extra = `${length === undefined ? '' : `, length ${length}`}${mark === undefined ? '' : `, mark ${mark}`}`;
    it(`${contentType}: ${JSON.stringify(body)}${extra}`, () => {
      assert.equal(answer(contentType, body, length, mark), expected);
      assert.equal(answer(contentType, Buffer.from(body), length, mark), expected);
    });
  }

  it('is null without a content type', () => assert.equal(answer(undefined, '{}'), 'null'));

  it('decodes bytes of a form together with its escapes', () => {
    const bytes = Buffer.from('a=\xc3%a9&b=\xff&\xe2%82=1', 'latin1');
    assert.equal(answer(FORM, bytes), '{"a":["\u00e9"],"b":["\ufffd"],"\ufffd\ufffd":["1"]}');
  });
});

describe('parsedBody, stricter than opa-envoy-plugin', () => {
  const rows: [what: string, body: string | Uint8Array, plugin: string, code: string][] = [
    ['equal keys', '{"a":1,"a":2}', '{"a":2}', 'json_duplicate_key'],
    ['null behind the document', '{"a":1} null', '{"a":1}', 'json_invalid'],
    ['bytes that are not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), '{"a":"\ufffd"}', 'json_invalid'],
    ['nesting', '['.repeat(33) + ']'.repeat(33), 'arrays', 'json_too_deep'],
    ['numbers that nobody can calculate with', '1e400000', '1e400000', 'json_number_too_large'],
  ];
  for (const [what, body, plugin, code] of rows) {
    it(`refuses ${what}, where it sees ${plugin}`, () => assert.equal(answer(JSON_TYPE, body), code));
  }

  it('refuses more bytes than the limit', () => {
    assert.equal(answer(FORM, 'a'.repeat(LIMITS.maxBytes + 1)), 'over_limit');
    assert.equal(answer('text/plain', 'a'.repeat(LIMITS.maxBytes + 1)), 'null');
  });
});

describe('the type of a body, read otherwise than by opa-envoy-plugin', () => {
  const PARTS = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--';
  const rows: [contentType: string, body: string, plugin: string, expected: string, format?: string][] = [
    [`${FORM}; x=application/json`, '{"a":"&role=admin&"}', 'JSON', 'invalid_request'],
    [`${FORM}; X=APPLICATION/JSON`, '{"a":"&role=admin&"}', 'a form', 'invalid_request'],
    ['multipart/form-data; boundary=application/json', '{}', 'JSON', 'invalid_request'],
    ['multipart/form-data; boundary=application/grpc', 'x', 'null', 'invalid_request'],
    ['application/json; x=multipart/form-data', '{}', 'JSON', 'invalid_request'],
    ['text/plain; x=application/json', '{}', 'JSON', 'invalid_request'],
    ['text/application/json', '[]', 'JSON', 'invalid_request'],
    ['application/jsonp', '[]', 'JSON', 'invalid_request'],
    ['xmultipart/form-data; boundary=b', PARTS, 'parts', 'invalid_request'],
    ['application/json,application/json', '[]', 'JSON', 'invalid_request'],
    ['text/plain, application/vnd.api+json', '[]', 'null', 'invalid_request'],
    ['text/plain,text/html', 'x', 'null', 'invalid_request'],
    [`${FORM},application/json`, '1', 'JSON', 'invalid_request'],
    ['application/json; charset', '[]', 'JSON', 'invalid_request'],
    ['application/json x', '[]', 'JSON', 'invalid_request'],
    ['Application/JSON', '1', 'null', '1', 'json'],
    ['application/vnd.api+json', '1', 'null', '1', 'json'],
    ['application/merge-patch+json; charset=UTF-8', '{}', 'null', '{}', 'json'],
    ['application/json-patch+json', '[]', 'JSON', '[]', 'json'],
    ['APPLICATION/X-WWW-FORM-URLENCODED', 'a=1', 'null', '{"a":["1"]}', 'form'],
    ['Multipart/Form-Data; Boundary=b', PARTS, 'null', '{"a":["1"]}', 'multipart'],
  ];
  for (const [contentType, body, plugin, expected, format] of rows) {
    it(`${contentType}: ${expected}, there ${plugin}`, () => {
      assert.equal(answer(contentType, body), expected);
      if (format !== undefined) assert.equal(formatOf(contentType, body), format);
    });
  }

  const formats: [contentType: string, body: string, format: string | null, length?: string][] = [
    [JSON_TYPE, 'null', 'json'],
    [FORM, 'a', 'form'],
    ['multipart/form-data; boundary=b', PARTS, 'multipart'],
    ['multipart/form-data', PARTS, null],
    ['text/plain', 'null', null],
    ['', 'null', null],
    ['application/grpc', 'x', null],
    [JSON_TYPE, '', null],
    [JSON_TYPE, 'null', null, '5'],
  ];
  for (const [contentType, body, format, length] of formats) {
    it(`tells how it was read: ${contentType} ${JSON.stringify(body)} ${length ?? ''}`, () =>
      assert.equal(formatOf(contentType, body, length), format));
  }
});

describe('what the bytes of a body mean', () => {
  const types: readonly (readonly [contentType: string, body: string, value: string])[] = [
    [JSON_TYPE, '[1]', '[1]'],
    [FORM, 'a=1', '{"a":["1"]}'],
    ['multipart/form-data; boundary=b', '--b--', '{}'],
  ];
  const encodings = ['gzip', 'br', 'identity, gzip', 'x', 'identity,identity'];
  const charsets = ['utf-16', 'ISO-8859-1', '"utf-7"', 'x', "utf-8; charset*=utf-8''utf-16"];
  for (const [contentType, body, value] of types) {
    it(`is known for ${contentType} in UTF-8`, () => {
      for (const encoding of ['identity', 'Identity', ' identity ', '']) {
        assert.equal(answer(contentType, body, undefined, undefined, encoding), value, encoding);
      }
      for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8', 'US-ASCII']) {
        assert.equal(answer(`${contentType}; charset=${charset}`, body), value, charset);
      }
    });
    it(`is not known for ${contentType} with an encoding or in another charset`, () => {
      for (const encoding of encodings) {
        assert.equal(answer(contentType, body, undefined, undefined, encoding), 'invalid_request', encoding);
      }
      for (const charset of charsets) {
        assert.equal(answer(`${contentType}; charset=${charset}`, body), 'invalid_request', charset);
      }
    });
  }

  it('does not matter for types that are not read', () => {
    for (const contentType of ['text/plain; charset=utf-16', 'application/grpc', 'image/png; x'])
      assert.equal(answer(contentType, 'x', undefined, undefined, 'gzip'), 'null', contentType);
  });
});

describe('parsedBody of anything', () => {
  const pieces = fc.constantFrom(
    '--b',
    '--b--',
    '\r\n',
    '\n',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="a"',
    'Content-Type: application/json',
    'Content-Transfer-Encoding: quoted-printable',
    '=',
    '&',
    ';',
    '%zz',
    '%ff',
    '{"a":',
    '1}',
    '[',
    '"',
    '\\u',
    '\xff',
    'x',
    ' ',
    ':',
  );
  const bodies = fc.oneof(
    fc.array(pieces, { maxLength: 24 }).map((list) => Buffer.from(list.join(''), 'latin1')),
    fc.uint8Array({ maxLength: 64 }),
  );
  const contentTypes = fc.oneof(
    fc.constantFrom(JSON_TYPE, FORM, 'application/grpc', 'multipart/form-data; boundary=b'),
    fc.string().map((parameters) => `multipart/form-data;${parameters}`),
  );

  it('gives a value or a PortcullisError', () => {
    fc.assert(
      fc.property(contentTypes, bodies, (contentType, body) => {
        assert.equal(typeof answer(contentType, body), 'string');
      }),
      { numRuns: 500 },
    );
  });

  it('takes linear time for what is made to be slow', () => {
    // Each would take minutes if its time grew with the square of its length.
    const many = LIMITS.maxBytes / 8;
    const header = 'Content-Disposition: form-data; name="a"';
    const slow = [
      `--b\r\n${header}${' '.repeat(many)}x\r\n\r\n\r\n--b--`,
      `--b\r\n${header}${'; '.repeat(many)}\r\n\r\n\r\n--b--`,
      `--b\r\nContent-Disposition: form-data; name="${'\\'.repeat(many)}\r\n\r\n\r\n--b--`,
      `--b\r\n${header}${'\r\n '.repeat(many)}\r\n\r\n\r\n--b--`,
      `--b\r\n${header}\r\n\r\n${'\r\n--bx'.repeat(many / 2)}`,
      `--b\r\n${header}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${'= \n='.repeat(many)}\r\n--b--`,
      `--b\r\n${header}\r\nX:${' \t'.repeat(many)}x\r\n\r\n\r\n--b--`,
      '\n'.repeat(many),
    ];
    for (const body of slow) answer('multipart/form-data; boundary=b', body);
    answer(FORM, '%e2'.repeat(many));
    answer(JSON_TYPE, '['.repeat(many));
  });
});
