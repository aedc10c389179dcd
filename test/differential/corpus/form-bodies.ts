/** Bodies that are read as a form or as parts. */
import { CHARLIE, END, named, part, typed } from './body.ts';
import { type CorpusRequest, requests } from './request.ts';

const FORMS = [
  'a=b',
  'firstname=foo&lastname=bar',
  'lastname=bar&lastname=foobar',
  'a',
  '=',
  '&',
  'a=%20+b',
  'a=%zz',
  'a=b;c=d',
  'a=%FF',
  '%FF=1&a=2&%FE=3',
  '%',
  'name=Charlie&x=1',
  '__proto__=1&__proto__=2',
  'a=\u0000',
  'a=b\r\n',
  'é=ü',
  'a=b?c',
  CHARLIE,
];

const PARTS: Readonly<Record<string, string>> = {
  'one part': part('foo', 'bar') + END,
  'parts of one name': part('a', '1') + part('a', '2') + part('b', '3') + END,
  'a JSON part': part('foo', '{"a":[1.0,2]}', 'application/json') + part('bar', 'x', 'text/plain') + END,
  'a JSON part with parameters': part('foo', '1', 'application/json; charset=utf-8') + END,
  'a malformed JSON part': part('foo', '{', 'application/json') + END,
  'an empty JSON part': part('foo', '', 'application/json') + END,
  'duplicate keys in a JSON part': part('foo', '{"a":1,"a":2}', 'application/json') + END,
  'line feeds only': '--foo\nContent-Disposition: form-data; name="foo"\n\nbar\n--foo--\n',
  'preamble and epilogue': `hello\r\n${part('foo', 'bar')}${END}bye`,
  'no end': part('foo', 'bar'),
  'cut in a header': '--foo\r\nContent-Dispo',
  'cut in a value': '--foo\r\nContent-Disposition: form-data; name="foo"\r\n\r\nba',
  'end at once': END,
  'no parts at all': 'hello',
  'a part without a name': `--foo\r\nContent-Disposition: form-data\r\n\r\nbar\r\n${END}`,
  'a part without a disposition': `--foo\r\nX-Other: y\r\n\r\nbar\r\n${END}`,
  'a part without headers': `--foo\r\n\r\nbar\r\n${END}`,
  'a file': `--foo\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nbar\r\n${END}`,
  'an attachment': `--foo\r\nContent-Disposition: attachment; name="f"\r\n\r\nbar\r\n${END}`,
  'an unquoted name': `--foo\r\nContent-Disposition: form-data; name=f\r\n\r\nbar\r\n${END}`,
  'an extended name': `--foo\r\nContent-Disposition: form-data; name*=UTF-8''%C3%A9\r\n\r\nbar\r\n${END}`,
  'an escaped name': `--foo\r\nContent-Disposition: form-data; name="a\\"b\\\\c"\r\n\r\nbar\r\n${END}`,
  'a name with line breaks in the disposition': `--foo\r\nContent-Disposition: form-data;\r\n name="f"\r\n\r\nbar\r\n${END}`,
  'a broken disposition': `--foo\r\nContent-Disposition: form-data; name="f\r\n\r\nbar\r\n${END}`,
  'two names': `--foo\r\nContent-Disposition: form-data; name="x"; name="role"\r\n\r\nbar\r\n${END}`,
  'two dispositions': `--foo\r\nContent-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="role"\r\n\r\nbar\r\n${END}`,
  'a name in two forms': `--foo\r\nContent-Disposition: form-data; name="x"; name*=utf-8''role\r\n\r\nbar\r\n${END}`,
  'a filename that is none': `--foo\r\nContent-Disposition: form-data; name="role"; filename=a b\r\n\r\nbar\r\n${END}`,
  'lower-case headers': `--foo\r\ncontent-disposition: form-data; name="f"\r\ncontent-type: APPLICATION/JSON\r\n\r\n1\r\n${END}`,
  'a header without a colon': `--foo\r\nBroken\r\n\r\nbar\r\n${END}`,
  'quoted-printable': `--foo\r\nContent-Disposition: form-data; name="f"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db\r\n${END}`,
  'spaces after the boundary': `--foo  \r\nContent-Disposition: form-data; name="f"\r\n\r\nbar\r\n--foo--  \r\n`,
  'a boundary in a value': part('f', 'a\r\n--foobar\r\nb') + END,
  'a dash in a value': part('f', 'a\r\n--fo') + END,
  'an empty value': part('f', '') + END,
  __proto__: part('__proto__', 'x') + END,
};

const MULTIPART_TYPES: Readonly<Record<string, string>> = {
  'no boundary': 'multipart/form-data',
  'an empty boundary': 'multipart/form-data; boundary=',
  'a quoted boundary': 'multipart/form-data; boundary="foo"',
  'an upper-case parameter': 'Multipart/form-data; Boundary=foo',
  'another type': 'x; multipart/form-data; boundary=foo',
  'two boundaries': 'multipart/form-data; boundary=foo; boundary=bar',
  'another boundary': 'multipart/form-data; boundary=bar',
  'a charset': 'multipart/form-data; charset=utf-8; boundary=foo',
  'a trailing semicolon': 'multipart/form-data; boundary=foo;',
};

export const FORM_REQUESTS: readonly CorpusRequest[] = [
  ...requests(
    'form',
    named(FORMS, (body) => typed('application/x-www-form-urlencoded', body)),
  ),
  ...requests(
    'parts',
    Object.fromEntries(
      Object.entries(PARTS).map(([name, body]) => [name, typed('multipart/form-data; boundary=foo', body)]),
    ),
  ),
  ...requests(
    'parts',
    Object.fromEntries(
      Object.entries(MULTIPART_TYPES).map(([name, type]) => [name, typed(type, part('foo', 'bar') + END)]),
    ),
  ),
];
