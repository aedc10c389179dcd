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

/** The first whole block of a PEM text, as Go's pem.Decode finds it; undefined where there is none. Takes linear time. */
export function decodePem(text: string): PemBlock | undefined {
  let end: EndLine | undefined;
  for (let begin = firstBegin(text); begin !== -1; ) {
    const lineEnd = text.indexOf('\n', begin);
    if (lineEnd === -1) return undefined;
    // Looked for anew only behind the one before: else many beginnings and one end would take quadratic time.
    if (end === undefined || end.at < lineEnd) end = endLine(text, lineEnd);
    if (end === undefined) return undefined;
    const type = typeOf(text.slice(begin, lineEnd));
    begin = nextBegin(text, lineEnd);
    if (type === undefined || end.line !== `-----END ${type}-----`) continue;
    const body = bodyOf(text.slice(lineEnd + 1, Math.max(end.at, lineEnd + 1)));
    if (body !== undefined) return { type, der: body, rest: end.rest };
    // All beginnings before this end share what is wrong behind them, but for the last one.
    if (begin !== -1) begin = Math.max(begin, text.lastIndexOf(`\n${BEGIN}`, end.at) + 1);
  }
  return undefined;
}

interface EndLine {
  readonly at: number;
  /** Without the line break before it and white space at its end. */
  readonly line: string;
  /** What follows the line. */
  readonly rest: string;
}

function endLine(text: string, from: number): EndLine | undefined {
  const at = text.indexOf(END, from);
  if (at === -1) return undefined;
  const next = text.indexOf('\n', at + 1);
  const line = text.slice(at + 1, next === -1 ? undefined : next).trimEnd();
  return { at, line, rest: next === -1 ? '' : text.slice(next + 1) };
}

function firstBegin(text: string): number {
  return text.startsWith(BEGIN) ? 0 : nextBegin(text, 0);
}

function nextBegin(text: string, from: number): number {
  const newline = text.indexOf(`\n${BEGIN}`, from);
  return newline === -1 ? -1 : newline + 1;
}

function typeOf(line: string): string | undefined {
  const trimmed = line.trimEnd();
  return trimmed.endsWith(DASHES) ? trimmed.slice(BEGIN.length, -DASHES.length) : undefined;
}

/** The data, before which headers such as `Proc-Type: 4` may stand. */
function bodyOf(text: string): Buffer | undefined {
  const body = text
    .split('\n')
    .filter((line) => !line.includes(':'))
    .join('')
    .replace(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(body) ? Buffer.from(body, 'base64') : undefined;
}
