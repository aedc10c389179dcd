import type { ByteString } from './byte-text.ts';

/** Go reads lines through a buffer of this many bytes and refuses longer ones. */
const MAX_LINE_BYTES = 4096;

const ESCAPE_OR_INVALID = /=[0-9a-fA-F]{2}|=$|=[\r\n]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g; // oxlint-disable-line no-control-regex

/**
 * Decodes quoted-printable (RFC 2045 section 6.7) as leniently as Go's reader: `=` before anything but two hexadecimal
 * digits stands for itself, bytes beyond ASCII pass, white space at the end of a line goes. Undefined when it is not
 * readable: control characters, `=` before white space at the end of a line, lines of more than 4096 bytes.
 */
export function decodeQuotedPrintable(source: ByteString): ByteString | undefined {
  let out = '';
  for (let at = 0; at < source.length; ) {
    const newline = source.indexOf('\n', at);
    const end = newline < 0 ? source.length : newline + 1;
    if (end - at > MAX_LINE_BYTES) return undefined;
    const line = decodeLine(source.slice(at, end));
    if (line === undefined) return undefined;
    out += line;
    at = end;
  }
  return out;
}

function decodeLine(whole: ByteString): ByteString | undefined {
  const content = whole.slice(0, contentLength(whole));
  const rest = whole.slice(content.length);
  if (content.endsWith('=')) {
    // A soft line break; at the very end it may stand without a line ending, but not alone.
    const ending = rest.replace(/^[ \t]+/, '');
    const isBreak = ending.startsWith('\n') || ending.startsWith('\r\n');
    const isEnd = ending === '' && content.length > 1 && !whole.endsWith('\n');
    return isBreak || isEnd ? decodeContent(content.slice(0, -1)) : undefined;
  }
  const ending = whole.endsWith('\r\n') ? '\r\n' : whole.endsWith('\n') ? '\n' : '';
  return decodeContent(content + ending);
}

/** Without white space and line ending behind. */
function contentLength(line: ByteString): number {
  let length = line.length;
  while (length > 0 && ' \t\r\n'.includes(line[length - 1] as string)) length--;
  return length;
}

function decodeContent(content: ByteString): ByteString | undefined {
  let valid = true;
  const decoded = content.replace(ESCAPE_OR_INVALID, (found) => {
    if (found.length === 3) return String.fromCharCode(Number.parseInt(found.slice(1), 16));
    valid = false;
    return '';
  });
  return valid ? decoded : undefined;
}
