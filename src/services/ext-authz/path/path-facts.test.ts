import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type PathAmbiguity, pathFacts } from './path-facts.ts';

const ambiguitiesOf = (path: string, method = 'GET'): string => pathFacts(path, method).ambiguities.join(' ');

/** Pieces that paths are attacked with, among plain ones. */
const hostilePaths = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '/',
        'a',
        'admin',
        '.',
        '..',
        '%2e',
        '%2E%2e',
        '%2f',
        '%5c',
        '\\',
        ';',
        '%3b',
        '?',
        '%3f',
      ),
      fc.constantFrom(
        '#',
        '%23',
        '%00',
        '\0',
        '\t',
        ' ',
        '%20',
        '%',
        '%zz',
        '%ff',
        '%c3%a9',
        '%c0%af',
        '%25',
        '%252f',
      ),
      fc.constantFrom(
        '~',
        '@',
        ':',
        '+',
        '&',
        '=',
        '*',
        "'",
        '%41',
        '%7f',
        '\u00e9',
        '\ud800',
        '|',
        '"',
        '<',
        '%e2%80%a8',
      ),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));
const paths = fc.oneof(
  hostilePaths,
  hostilePaths.map((path) => `/${path}`),
  fc.string({ unit: 'binary' }),
);

describe('pathFacts', () => {
  it('gives all readings of a path', () => {
    assert.deepEqual(pathFacts('/a%20b/%2e%2E//c%2fd/./?x=%2f?y', 'GET'), {
      raw: '/a%20b/%2e%2E//c%2fd/./',
      rawQuery: 'x=%2f?y',
      rawSegments: ['a%20b', '%2e%2E', '', 'c%2fd', '.', ''],
      decodedSegments: ['a b', '..', '', 'c/d', '.', ''],
      normalized: '/c/d/',
      ambiguities: ['dot_segment', 'empty_segment', 'encoded_separator', 'encoded_unreserved'],
    });
  });

  it('has no decoded path where an escape is malformed', () => {
    const { decodedSegments, normalized } = pathFacts('/a/%zz', 'GET');
    assert.deepEqual([decodedSegments, normalized], [undefined, undefined]);
  });

  const normal: [path: string, normalized: string][] = [
    ['/', '/'],
    ['/..', '/'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/a//', '/a/'],
    ['a/b', '/a/b'],
    ['/a%2f..%2fb', '/b'],
    ['/%252e', '/%2e'],
    ['/%ff', '/\ufffd'],
    ['*', '*'],
    ['', ''],
  ];
  for (const [path, normalized] of normal) {
    it(`normalises ${JSON.stringify(path)}`, () =>
      assert.equal(pathFacts(path, 'GET').normalized, normalized));
  }
});

describe('ambiguities', () => {
  const clear = [
    '/',
    '/a',
    '/a/',
    '/a/b.c/d~e',
    '/.well-known/x',
    '/a..b',
    '/...a',
    '/a.b',
    '/a:b$c',
    '/%E2%80%A6',
    '/a%20b',
    '/%C3%A9',
    '/100%25',
    '/a:b@c',
    "/a+b!$&'()*,=",
    '/a?',
    '/a?b?c',
    '/a?x=%zz',
    '/a?x=1;y=2',
    '/a?x=//../',
    '/a?\u00e9',
    '/%c3%a9%e3%81%82',
  ];
  for (const path of clear) it(`none in ${path}`, () => assert.equal(ambiguitiesOf(path), ''));

  const ambiguous: [path: string, ...PathAmbiguity[]][] = [
    ['', 'not_absolute'],
    ['*', 'not_absolute'],
    ['?x', 'not_absolute'],
    ['a', 'not_absolute'],
    ['http://host/a', 'empty_segment', 'not_absolute'],
    ['//a', 'empty_segment'],
    ['//', 'empty_segment'],
    ['/a//b', 'empty_segment'],
    ['/a//', 'empty_segment'],
    ['/.', 'dot_segment'],
    ['/..', 'dot_segment'],
    ['/a/../b', 'dot_segment'],
    ['/a/./b', 'dot_segment'],
    ['/a/%2e/b', 'dot_segment', 'encoded_unreserved'],
    ['/a/.%2E', 'dot_segment', 'encoded_unreserved'],
    ['/a%2f..%2fb', 'dot_segment', 'encoded_separator'],
    ['/a\\..\\b', 'backslash', 'dot_segment'],
    ['/a%5C%2e%2e', 'backslash', 'dot_segment', 'encoded_unreserved'],
    ['/a%2fb', 'encoded_separator'],
    ['/a%2Fb', 'encoded_separator'],
    ['/a\\b', 'backslash'],
    ['/a;x', 'semicolon'],
    ['/..;/a', 'semicolon'],
    ['/a%3Bx', 'semicolon'],
    ['/a%3fb', 'encoded_query_mark'],
    ['/a#b', 'fragment'],
    ['/a%23b', 'fragment'],
    ['/a?b#c', 'fragment'],
    ['/a%00', 'control_character'],
    ['/a\0', 'control_character'],
    ['/a%0d%0aX', 'control_character'],
    ['/a%7f', 'control_character'],
    ['/a%C2%85', 'control_character'],
    ['/a?b\r\n', 'control_character', 'whitespace'],
    ['/a b', 'whitespace'],
    ['/a?b c', 'whitespace'],
    ['/a\tb', 'control_character', 'whitespace'],
    ['/a\u00a0', 'non_ascii', 'whitespace'],
    ['/\u00e9', 'non_ascii'],
    ['/%', 'malformed_escape'],
    ['/%2', 'malformed_escape'],
    ['/%u002f', 'malformed_escape'],
    ['/%ff', 'not_utf8'],
    ['/%c0%af', 'not_utf8'],
    ['/%ed%a0%80', 'not_utf8'],
    ['/%252f', 'double_encoding'],
    ['/%25%32%66', 'double_encoding', 'encoded_unreserved'],
    ['/%2%35%32f', 'encoded_unreserved', 'malformed_escape'],
    ['/%61dmin', 'encoded_unreserved'],
    ['/%7A', 'encoded_unreserved'],
    ['/%30', 'encoded_unreserved'],
    ['/a%2Db', 'encoded_unreserved'],
    ['/a%2eb', 'encoded_unreserved'],
    ['/%5f', 'encoded_unreserved'],
    ['/%7e', 'encoded_unreserved'],
    ['/admin.', 'trailing_dot_or_space'],
    ['/admin./x', 'trailing_dot_or_space'],
    ['/admin%2E', 'encoded_unreserved', 'trailing_dot_or_space'],
    ['/admin%20', 'trailing_dot_or_space'],
    ['/admin /x', 'trailing_dot_or_space', 'whitespace'],
    ['/admin.%2fx', 'encoded_separator', 'trailing_dot_or_space'],
    ['/...', 'trailing_dot_or_space'],
    ['/..%20/x', 'trailing_dot_or_space'],
    ['/a.asp::$DATA', 'data_stream'],
    ['/a%3a%24DATA', 'data_stream'],
    ['/admin:$I30:$INDEX_ALLOCATION/x', 'data_stream'],
    ['/a%EF%BC%8Fb', 'lookalike_separator'],
    ['/%ef%bc%8e%ef%bc%8e/b', 'lookalike_separator'],
    ['/a%E2%88%95b', 'lookalike_separator'],
    ['/a%E2%81%84b', 'lookalike_separator'],
    ['/a%EF%BC%BCb', 'lookalike_separator'],
    ['/%E2%80%A5/b', 'lookalike_separator'],
    ['/a\uff0fb', 'lookalike_separator', 'non_ascii'],
  ];
  for (const [path, ...expected] of ambiguous) {
    it(`${expected.join(', ')} in ${JSON.stringify(path)}`, () =>
      assert.deepEqual(pathFacts(path, 'GET').ambiguities, expected));
  }

  it('each escape of one character is ambiguous, or stands for one that has to be escaped', () => {
    for (let code = 0; code < 0x80; code++) {
      const path = `/a%${code.toString(16).padStart(2, '0')}b`;
      const isUnreserved = /[\w.~-]/.test(String.fromCharCode(code));
      assert.equal(ambiguitiesOf(path).split(' ').includes('encoded_unreserved'), isUnreserved, path);
    }
  });

  it('each character that NFKC turns into one with a meaning is a lookalike', () => {
    for (let code = 0x80; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      const meant = character.normalize('NFKC');
      if (meant !== '..' && !/^[/\\.;?#%]$/.test(meant)) continue;
      const path = `/a${encodeURIComponent(character)}b`;
      assert.equal(ambiguitiesOf(path), 'lookalike_separator', path);
    }
  });

  it('knows the targets without a path', () => {
    assert.equal(ambiguitiesOf('*', 'OPTIONS'), '');
    assert.equal(ambiguitiesOf('', 'CONNECT'), '');
    assert.equal(ambiguitiesOf('*', 'CONNECT'), 'not_absolute');
    assert.equal(ambiguitiesOf('', 'OPTIONS'), 'not_absolute');
    assert.equal(ambiguitiesOf('*/a', 'OPTIONS'), 'not_absolute');
    assert.equal(ambiguitiesOf('?', 'CONNECT'), 'not_absolute');
  });
});

/** Ways in which servers split a path into segments. */
const interpretations: Readonly<Record<string, (path: string) => string[]>> = {
  'decode, then normalise': (path) => collapse(decodeURIComponent(path.replace(/[?#].*$/s, ''))).split('/'),
  'normalise, then decode': (path) => decodeEach(collapse(path.replace(/[?#].*$/s, ''))),
  'decode twice, on Windows, with path parameters': (path) =>
    collapse(
      decodeTwice(path.replace(/[?#].*$/s, ''))
        .replaceAll('\\', '/')
        .replace(/[?#\0].*$/s, '')
        .replace(/;[^/]*/g, ''),
    ).split('/'),
  'a URL parser': (path) => decodeEach(new URL(path, 'http://example.com').pathname),
  'no normalisation': (path) => decodeEach(path.replace(/\?.*$/s, '')),
};

const decodeEach = (path: string): string[] => path.split('/').map(decodeURIComponent);

function decodeTwice(path: string): string {
  const once = decodeURIComponent(path);
  try {
    return decodeURIComponent(once);
  } catch {
    return once;
  }
}

function collapse(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && segments.at(-1) === '' ? '/' : ''}`;
}

describe('properties', () => {
  it('never throws, and sorts', () => {
    fc.assert(
      fc.property(paths, fc.constantFrom('GET', 'OPTIONS', 'CONNECT'), (path, method) => {
        const { ambiguities } = pathFacts(path, method);
        assert.deepEqual(ambiguities, [...new Set(ambiguities)].sort());
      }),
    );
  });

  it('loses nothing of the target', () => {
    fc.assert(
      fc.property(paths, (path) => {
        const { raw, rawQuery, rawSegments } = pathFacts(path, 'GET');
        assert.ok(path === `${raw}?${rawQuery}` || (path === raw && rawQuery === ''));
        assert.equal(rawSegments.join('/'), raw.replace(/^\//, ''));
      }),
    );
  });

  it('has segments that are the normalised path where nothing is ambiguous', () => {
    fc.assert(
      fc.property(paths, (path) => {
        const { ambiguities, decodedSegments, normalized } = pathFacts(path, 'GET');
        fc.pre(ambiguities.length === 0);
        assert.equal(normalized, `/${decodedSegments?.join('/')}`);
      }),
    );
  });

  for (const [name, read] of Object.entries(interpretations)) {
    it(`is read alike where nothing is ambiguous: ${name}`, () => {
      fc.assert(
        fc.property(paths, (path) => {
          const { ambiguities, normalized } = pathFacts(path, 'GET');
          fc.pre(ambiguities.length === 0);
          assert.deepEqual(read(path), normalized?.split('/'));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('lets each interpretation differ where something is ambiguous', () => {
    for (const path of ['/a//b', '/a/%2e%2e/b', '/a%2fb', '/a\\b', '/a;b', '/a#b', '/%252f']) {
      const readings = new Set(Object.values(interpretations).map((read) => read(path).join('\n')));
      assert.ok(readings.size > 1, path);
    }
  });
});
