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
  let end = -1;
  for (let begin = firstBegin(text); begin !== -1; ) {
    const lineEnd = text.indexOf('\n', begin);
    if (lineEnd === -1) return undefined;
    // Looked for anew only behind the one before: else many beginnings and one end would take quadratic time.
    if (end < lineEnd) end = text.indexOf(END, lineEnd);
    if (end === -1) return undefined;
    const block = readBlock(text, begin, lineEnd, end);
    if (block !== undefined) return block;
    begin = nextBegin(text, lineEnd);
  }
  return undefined;
}

function firstBegin(text: string): number {
  return text.startsWith(BEGIN) ? 0 : nextBegin(text, 0);
}

function nextBegin(text: string, from: number): number {
  const newline = text.indexOf(`\n${BEGIN}`, from);
  return newline === -1 ? -1 : newline + 1;
}

function readBlock(text: string, begin: number, lineEnd: number, end: number): PemBlock | undefined {
  const first = text.slice(begin, lineEnd).trimEnd();
  const type = first.slice(BEGIN.length, -DASHES.length);
  const next = text.indexOf('\n', end + 1);
  const last = text.slice(end + 1, next === -1 ? undefined : next).trimEnd();
  if (!first.endsWith(DASHES) || last !== `-----END ${type}-----`) return undefined;
  // Headers such as `Proc-Type: 4` may precede the data.
  const lines = text.slice(lineEnd + 1, Math.max(end, lineEnd + 1)).split('\n');
  const body = lines
    .filter((line) => !line.includes(':'))
    .join('')
    .replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  return { type, der: Buffer.from(body, 'base64'), rest: next === -1 ? '' : text.slice(next + 1) };
}
