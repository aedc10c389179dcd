import { PortcullisError } from '../errors.ts';

/** Bytes of a tar block: headers are one, and contents are padded to whole ones. */
export const BLOCK_BYTES = 512;

/** What Portcullis takes from a tar header; owner, mode and time mean nothing here. */
export interface TarHeader {
  /** As written, in bytes; the ustar prefix is joined. */
  readonly name: Uint8Array;
  readonly sizeBytes: number;
  readonly type: 'file' | 'directory' | 'pax' | 'pax-global' | 'long-name';
}

/** POSIX.1-2017 pax, "ustar Interchange Format"; the GNU magic is `ustar`, two spaces, NUL. */
const USTAR = 'ustar\u000000';
const GNU = 'ustar  \u0000';

/** Type flags that name no content of their own. '1' hard link, '2' symbolic link, 'K' GNU's long link name. */
const LINKS = new Set(['1', '2', 'K']);

const TYPES: Readonly<Record<string, TarHeader['type']>> = {
  '\u0000': 'file',
  '0': 'file',
  '5': 'directory',
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
};

/**
 * Reads one header block, accepting ustar and GNU only and nothing that readers disagree about (star's shorter prefix,
 * a GNU header with anything where ustar has its prefix, sizes in base 256, directories with content). Throws `archive_invalid`, `archive_link`, `archive_entry_type`.
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  if (octal(block, 148, 8) !== checksum(block)) throw invalid('a header has a wrong checksum');
  const magic = latin1(block, 257, 265);
  if (magic !== USTAR && magic !== GNU) throw invalid('a header is neither ustar nor GNU');
  if (latin1(block, 508, 512) === 'tar\u0000') throw invalid('a header is in the format of star');

  // GNU keeps the times of incremental backups there, and Go's reader takes what are no times for a prefix.
  if (magic === GNU && block.subarray(345, 500).some((byte) => byte !== 0)) {
    throw invalid('a GNU header holds something where other headers have the prefix of the name');
  }

  const flag = String.fromCharCode(block[156] as number);
  if (LINKS.has(flag)) throw new PortcullisError('archive_link', `${describe(block)} is a link`);
  const type = Object.hasOwn(TYPES, flag) ? TYPES[flag] : undefined;
  if (type === undefined) {
    throw new PortcullisError('archive_entry_type', `${describe(block)} is not a regular file`);
  }
  const sizeBytes = octal(block, 124, 12);
  if (type === 'directory' && sizeBytes !== 0) throw invalid('a folder has content');

  const name = zeroTerminated(block, 0, 100);
  const prefix = magic === USTAR ? zeroTerminated(block, 345, 500) : new Uint8Array();
  return { name: prefix.length === 0 ? name : joined(prefix, name), sizeBytes, type };
}

function joined(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const whole = new Uint8Array(prefix.length + 1 + name.length);
  whole.set(prefix);
  whole[prefix.length] = 0x2f;
  whole.set(name, prefix.length + 1);
  return whole;
}

function zeroTerminated(block: Uint8Array, from: number, to: number): Uint8Array {
  const field = block.subarray(from, to);
  const zero = field.indexOf(0);
  return zero < 0 ? field : field.subarray(0, zero);
}

/** Octal digits, spaces before them, NUL or space behind. */
function octal(block: Uint8Array, from: number, length: number): number {
  const match = /^ *([0-7]+)[ \0]*$/.exec(latin1(block, from, from + length));
  if (match === null) throw invalid('a header holds a number that is not octal');
  return Number.parseInt(match[1] as string, 8);
}

/** The sum of all bytes, the checksum itself counted as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    if (i < 148 || i >= 156) sum += block[i] as number;
  }
  return sum;
}

function latin1(block: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...block.subarray(from, to));
}

function describe(block: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(zeroTerminated(block, 0, 100)));
}

function invalid(problem: string): PortcullisError {
  return new PortcullisError('archive_invalid', problem);
}
