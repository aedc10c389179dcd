import { GraphqlError } from './graphql-error.ts';

/** What a string means, and the offset behind its last quote. */
interface ReadString {
  readonly value: string;
  readonly end: number;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['/', '/'],
  ['\\', '\\'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads the string that begins at `start`. Throws GraphqlError. */
export function readString(text: string, start: number): ReadString {
  let value = '';
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return { value: value + text.slice(from, at), end: at + 1 };
    if (char < ' ' && char !== '\t') throw new GraphqlError('Invalid character within String', at);
    if (char !== '\\') continue;
    value += text.slice(from, at);
    const escape = text.charAt(at + 1);
    const meant = escape === 'u' ? unicode(text.slice(at + 2, at + 6)) : ESCAPES.get(escape);
    if (meant === undefined) throw new GraphqlError('Invalid character escape sequence', at);
    value += meant;
    at += escape === 'u' ? 5 : 1;
    from = at + 1;
  }
  throw new GraphqlError('Unterminated string', text.length);
}

/** Halves of surrogate pairs are no characters for Go, pairs neither: U+FFFD each. */
function unicode(digits: string): string | undefined {
  return /^[0-9a-fA-F]{4}$/.test(digits)
    ? String.fromCharCode(Number.parseInt(digits, 16)).toWellFormed()
    : undefined;
}

/** Reads the block string that begins at `start`. Of more than three quotes at its end the first belong to it. Throws GraphqlError. */
export function readBlockString(text: string, start: number): ReadString {
  let raw = '';
  let from = start + 3;
  const special = /\\"""|"+|\r\n?|(?![\t\n\x7f-\x9f])\p{Cc}/gu;
  special.lastIndex = from;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const [found] = match;
    raw += text.slice(from, match.index);
    from = special.lastIndex;
    if (found.startsWith('"')) {
      raw += found.slice(found.length >= 3 ? 3 : 0);
      if (found.length >= 3) return { value: dedented(raw), end: from };
    } else if (found.startsWith('\\')) raw += '"""';
    else if (found.startsWith('\r')) raw += '\n';
    else throw new GraphqlError('Invalid character within String', match.index);
  }
  throw new GraphqlError('Unterminated string', text.length);
}

/** BlockStringValue() as gqlparser has it: the first line counts for the common indent, and keeps its own. */
function dedented(raw: string): string {
  const lines = raw.split('\n');
  const indents = lines.map((line) => line.search(/[^\t ]/)).filter((indent) => indent >= 0);
  if (indents.length === 0) return '';
  const common = indents.reduce((least, indent) => Math.min(least, indent));
  const first = lines.findIndex((line) => /[^\t ]/.test(line));
  const last = lines.findLastIndex((line) => /[^\t ]/.test(line));
  return lines
    .map((line, i) => (i === 0 ? line : line.slice(common)))
    .slice(first, last + 1)
    .join('\n');
}
