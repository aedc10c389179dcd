import { decodeBase64 } from './go-base64.ts';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly type: string;
  readonly der: Buffer;
  /** What follows the block's last line. */
  readonly rest: string;
}

const BEGIN = '-----BEGIN ';
const END = '\n-----END ';
const DASHES = '-----';

/**
 * The first whole block of a PEM text, as Go 1.26's pem.Decode finds it: the first end line whose nearest beginning
 * before it goes with it. Undefined where there is none. Takes linear time.
 */
export function decodePem(text: string): PemBlock | undefined {
  for (let from = 0; ; ) {
    const end = text.indexOf(END, from);
    if (end === -1) return undefined;
    const at = text.slice(from, end).lastIndexOf(BEGIN);
    const begin = from + at;
    from = end + END.length;
    if (at === -1 || (at > 0 && text[begin - 1] !== '\n')) continue;
    const found = readBlock(text, begin, end);
    if (found === 'nothing more') return undefined;
    if (found !== undefined) return found;
  }
}

/** All blocks, one after the other, until there is none; what is between them does not count. */
export function decodePemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let block = decodePem(text); block !== undefined; block = decodePem(block.rest)) blocks.push(block);
  return blocks;
}

/** The block between a beginning and an end line. */
function readBlock(text: string, begin: number, end: number): PemBlock | 'nothing more' | undefined {
  const first = lineAt(text, begin + BEGIN.length);
  if (!first.text.endsWith(DASHES)) return undefined;
  const type = first.text.slice(0, -DASHES.length);
  const body = skipHeaders(text, first.next);
  // The last line of the text was taken for a header, or the headers go on behind the end line.
  if (body === undefined || end + END.length < body) return 'nothing more';
  if (body > first.next && end < body) return undefined;

  const trailer = text.slice(end + END.length, end + END.length + type.length + DASHES.length);
  if (trailer !== type + DASHES) return undefined;
  const afterTrailer = lineAt(text, end + END.length + trailer.length);
  if (afterTrailer.text !== '') return undefined;
  const der = end > body ? decodeBase64(text.slice(body, end).replace(/[ \t]/g, '')) : Buffer.alloc(0);
  return der === undefined ? undefined : { type, der, rest: text.slice(afterTrailer.next) };
}

/** Where the data begins: lines with a colon are headers, such as `Proc-Type: 4`. Undefined where nothing follows them. */
function skipHeaders(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    if (!line.text.includes(':')) return at;
    at = line.next;
  }
  return undefined;
}

/** A line without its end and white space before that, and where the next one begins. */
function lineAt(text: string, from: number): { readonly text: string; readonly next: number } {
  const newline = text.indexOf('\n', from);
  if (newline === -1) return { text: withoutBlanksAtEnd(text, from, text.length), next: text.length };
  const end = newline > from && text[newline - 1] === '\r' ? newline - 1 : newline;
  return { text: withoutBlanksAtEnd(text, from, end), next: newline + 1 };
}

function withoutBlanksAtEnd(text: string, from: number, to: number): string {
  let end = to;
  while (end > from && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(from, end);
}
