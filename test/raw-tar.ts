import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';

/** One tar entry, also one that no honest writer makes. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  /** Type flag; '0' when left out. */
  readonly flag?: string;
  readonly linkName?: string;
  /** The size to claim, when it is not the content's. */
  readonly claimedSize?: number;
  /** Changes the finished header; the checksum is set afterwards. */
  readonly edit?: (header: Buffer) => void;
}

/** The blocks of one entry: header, content, padding. */
export function tarEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  Buffer.from(entry.name).copy(header, 0, 0, 100);
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${(entry.claimedSize ?? content.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(entry.flag ?? '0', 156);
  header.write(entry.linkName ?? '', 157);
  header.write('ustar\u000000', 257);
  entry.edit?.(header);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A tar stream with its two zero blocks. */
export function tar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

/** A gzip-compressed tar archive. */
export function tarGz(entries: readonly RawEntry[]): Buffer {
  return gzipSync(tar(entries));
}

/** The content of a pax header with one record for each pair. */
export function paxRecords(pairs: Readonly<Record<string, string>>): string {
  let out = '';
  for (const [key, value] of Object.entries(pairs)) {
    const tail = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(tail);
    length += String(length + String(length).length).length;
    out += `${length}${tail}`;
  }
  return out;
}
