import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { paxRecords, type RawEntry, tar, tarEntry, tarGz } from '../../test/raw-tar.ts';
import { PortcullisError } from '../errors.ts';
import { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS, readArchive } from './archive.ts';
import { writeArchive } from './write-archive.ts';

const LIMITS: ArchiveLimits = {
  maxInflatedBytes: 1_000_000,
  maxFileBytes: 100_000,
  maxEntries: 20,
  maxPathBytes: 200,
};

/** `path=content …` of what the archive holds, or the code of its refusal. */
async function outcome(archive: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<string> {
  try {
    const files = await readArchive(archive, { ...LIMITS, ...limits });
    return files.map((file) => `${file.path}=${new TextDecoder().decode(file.bytes)}`).join(' ');
  } catch (error) {
    assert.ok(error instanceof PortcullisError, String(error));
    return error.code;
  }
}

const A: RawEntry = { name: 'a', content: '1' };
const B: RawEntry = { name: 'b', content: '2' };
const named = (name: string | Uint8Array): Buffer => tarGz([{ name, content: '1' }]);
const pax = (records: Record<string, string>): RawEntry => ({
  name: 'p',
  flag: 'x',
  content: paxRecords(records),
});

describe('readArchive', () => {
  const table: [name: string, archive: Uint8Array, expected: string, limits?: Partial<ArchiveLimits>][] = [
    ['two files', tarGz([A, B]), 'a=1 b=2'],
    ['no file', tarGz([]), ''],
    ['a leading slash, as opa build writes it', named('/a/b.json'), 'a/b.json=1'],
    ['a leading ./, as tar czf x ./ writes it', named('./a/b.json'), 'a/b.json=1'],
    [
      'folders',
      tarGz([{ name: './', flag: '5' }, { name: '/d/', flag: '5' }, { name: 'd/e', flag: '5' }, A]),
      'a=1',
    ],
    ['a GNU header', tarGz([{ ...A, edit: (header) => void header.write('ustar  \0', 257) }]), 'a=1'],
    ['an old type flag', tarGz([{ ...A, flag: '\0' }]), 'a=1'],
    ['a ustar prefix', tarGz([{ ...A, edit: (header) => void header.write('dir/x', 345) }]), 'dir/x/a=1'],
    ['a pax path', tarGz([pax({ mtime: '1.5', path: 'é/x', 'SCHILY.xattr.user.k': 'v' }), A]), 'é/x=1'],
    ['a GNU long name', tarGz([{ name: '././@LongLink', flag: 'L', content: 'long/x\0' }, A]), 'long/x=1'],
    [
      'a global pax comment, as git archive writes it',
      tarGz([{ name: 'g', flag: 'g', content: paxRecords({ comment: 'c' }) }, A]),
      'a=1',
    ],
    ['padding to a whole record', gzipSync(Buffer.concat([tar([A]), Buffer.alloc(7168)])), 'a=1'],

    ['a gzip header with a file name', gzipHeader(8, 'x.tar\0'), 'a=1'],
    ['a gzip header with everything', gzipHeader(4 + 8 + 16, '\x03\0abcname\0comment\0'), 'a=1'],
    ['a gzip header whose name does not end', gzipHeader(8, 'x').subarray(0, 11), 'archive_truncated'],

    ['nothing', Buffer.alloc(0), 'archive_truncated'],
    ['no gzip', tar([A]), 'archive_not_gzip'],
    ['text', Buffer.from('{}'), 'archive_not_gzip'],
    ['one byte', Buffer.from([0x1f]), 'archive_truncated'],
    ['a gzip header alone', tarGz([A]).subarray(0, 10), 'archive_truncated'],
    ['half an archive', tarGz([A, B]).subarray(0, 60), 'archive_truncated'],
    ['half a trailer', tarGz([A]).subarray(0, -4), 'archive_truncated'],
    ['an archive without an end', gzipSync(tarEntry(A)), 'archive_truncated'],
    ['one zero block at the end', gzipSync(tar([A]).subarray(0, -512)), 'archive_truncated'],
    ['half an entry', gzipSync(tarEntry(A).subarray(0, 600)), 'archive_truncated'],
    ['half a header', gzipSync(tarEntry(A).subarray(0, 300)), 'archive_truncated'],
    ['a size beyond the end', tarGz([{ ...A, claimedSize: 90_000 }]), 'archive_truncated'],
    ['bytes behind gzip', Buffer.concat([tarGz([A]), Buffer.from('x')]), 'archive_invalid'],
    ['two gzip members', Buffer.concat([gzipSync(tarEntry(A)), gzipSync(tar([B]))]), 'archive_invalid'],
    ['a second archive behind the end', gzipSync(Buffer.concat([tar([A]), tar([B])])), 'archive_invalid'],
    [
      'data between the zero blocks',
      gzipSync(Buffer.concat([tar([A]).subarray(0, -512), tarEntry(B)])),
      'archive_invalid',
    ],
    ['damaged compression', damaged(tarGz([A]), 14), 'archive_invalid'],
    ['a wrong gzip checksum', damaged(tarGz([A]), -8), 'archive_invalid'],
    ['a wrong gzip length', damaged(tarGz([A]), -1), 'archive_invalid'],
    ['reserved gzip flags', damaged(tarGz([A]), 3), 'archive_invalid'],
    ['a gzip header with a checksum of its own', gzipHeader(2, '\xde\xad'), 'archive_invalid'],
    ['a GNU header with a prefix', tarGz([{ ...A, edit: gnuPrefix('x') }]), 'archive_invalid'],
    ['a GNU header with times', tarGz([{ ...A, edit: gnuPrefix('15300546251') }]), 'archive_invalid'],
    ['a GNU header with its last byte set', tarGz([{ ...A, edit: gnuPrefix('1', 499) }]), 'archive_invalid'],
    ['a wrong header checksum', gzipSync(damaged(tar([A]), 0)), 'archive_invalid'],
    [
      'a header without magic',
      tarGz([{ ...A, edit: (header) => void header.fill(0, 257, 265) }]),
      'archive_invalid',
    ],
    [
      'a header of star',
      tarGz([{ ...A, edit: (header) => void header.write('tar\0', 508) }]),
      'archive_invalid',
    ],
    [
      'a size in base 256',
      tarGz([{ ...A, edit: (header) => void header.writeUInt8(0x80, 124) }]),
      'archive_invalid',
    ],
    [
      'a negative size',
      tarGz([{ ...A, edit: (header) => void header.write('-0000000001\0', 124) }]),
      'archive_invalid',
    ],
    ['a folder with content', tarGz([{ name: 'd/', flag: '5', content: 'x' }]), 'archive_invalid'],

    ['a hard link', tarGz([A, { name: 'b', flag: '1', linkName: 'a' }]), 'archive_link'],
    ['a symbolic link', tarGz([{ name: 'b', flag: '2', linkName: '/etc/passwd' }]), 'archive_link'],
    ['a GNU long link name', tarGz([{ name: 'x', flag: 'K', content: 'y\0' }, A]), 'archive_link'],
    ['a character device', tarGz([{ name: 'b', flag: '3' }]), 'archive_entry_type'],
    ['a block device', tarGz([{ name: 'b', flag: '4' }]), 'archive_entry_type'],
    ['a FIFO', tarGz([{ name: 'b', flag: '6' }]), 'archive_entry_type'],
    ['a GNU sparse file', tarGz([{ name: 'b', flag: 'S' }]), 'archive_entry_type'],
    ['a contiguous file', tarGz([{ name: 'b', flag: '7' }]), 'archive_entry_type'],

    ['a pax size', tarGz([pax({ size: '0' }), A]), 'archive_invalid'],
    ['a pax link path', tarGz([pax({ linkpath: 'x' }), A]), 'archive_invalid'],
    ['a pax sparse file', tarGz([pax({ 'GNU.sparse.name': 'x' }), A]), 'archive_invalid'],
    ['a pax charset', tarGz([pax({ hdrcharset: 'BINARY' }), A]), 'archive_invalid'],
    [
      'two pax paths',
      tarGz([{ name: 'p', flag: 'x', content: '9 path=x\n9 path=y\n' }, A]),
      'archive_invalid',
    ],
    ['an empty pax path', tarGz([pax({ path: '' }), A]), 'archive_invalid'],
    ['a wrong pax length', tarGz([{ name: 'p', flag: 'x', content: '99 path=x\n' }, A]), 'archive_invalid'],
    [
      'a pax record without an end',
      tarGz([{ name: 'p', flag: 'x', content: '9 path=xy' }, A]),
      'archive_invalid',
    ],
    [
      'a pax record without a value',
      tarGz([{ name: 'p', flag: 'x', content: '7 path\n' }, A]),
      'archive_invalid',
    ],
    ['a global pax path', tarGz([{ ...pax({ path: 'x' }), flag: 'g' }, A]), 'archive_invalid'],
    ['two pax headers', tarGz([pax({ path: 'x' }), pax({ path: 'y' }), A]), 'archive_invalid'],
    ['a pax header without a file', tarGz([pax({ path: 'x' })]), 'archive_invalid'],
    ['a pax path upward', tarGz([pax({ path: '../x' }), A]), 'archive_path_traversal'],

    ['a path upward', named('a/../b'), 'archive_path_traversal'],
    ['a path upward behind a slash', named('/../b'), 'archive_path_traversal'],
    ['a path upward behind ./', named('./../b'), 'archive_path_traversal'],
    ['a dot segment', named('a/./b'), 'archive_path_traversal'],
    ['a folder upward', tarGz([{ name: '../', flag: '5' }]), 'archive_path_traversal'],
    ['two leading slashes', named('//a'), 'archive_path_absolute'],
    ['./ and a slash', named('.//a'), 'archive_path_absolute'],
    ['a drive letter', named('C:/a'), 'archive_path_absolute'],
    ['a drive letter behind a slash', named('/c:a'), 'archive_path_absolute'],
    ['a backslash', named('a\\b'), 'archive_path_invalid'],
    ['a control character', named('a\nb'), 'archive_path_invalid'],
    ['a name that is not UTF-8', named(Buffer.from([0x61, 0xff])), 'archive_path_invalid'],
    [
      'a pax path that is not UTF-8',
      tarGz([{ name: 'p', flag: 'x', content: Buffer.from('9 path=\u00ff\n', 'latin1') }, A]),
      'archive_path_invalid',
    ],
    ['an empty segment', named('a//b'), 'archive_path_invalid'],
    ['a trailing slash on a file', named('a/'), 'archive_path_invalid'],
    ['no name', named(''), 'archive_path_invalid'],
    ['a file that is the root', named('/'), 'archive_path_invalid'],

    ['one file twice', tarGz([A, A]), 'archive_duplicate_entry'],
    ['one file with and without a slash', tarGz([A, { name: '/a' }]), 'archive_duplicate_entry'],
    ['one file with and without ./', tarGz([A, { name: './a' }]), 'archive_duplicate_entry'],
    ['one file twice by pax', tarGz([A, pax({ path: 'a' }), B]), 'archive_duplicate_entry'],

    ['as many entries as allowed', tarGz([A, B]), 'a=1 b=2', { maxEntries: 2 }],
    ['one entry too many', tarGz([A, B]), 'archive_too_many_entries', { maxEntries: 1 }],
    [
      'too many folders',
      tarGz([A, { name: 'd/', flag: '5' }]),
      'archive_too_many_entries',
      { maxEntries: 1 },
    ],
    ['a file of just the size', tarGz([A]), 'a=1', { maxFileBytes: 1 }],
    ['a file too large', tarGz([A]), 'archive_file_too_large', { maxFileBytes: 0 }],
    ['a claim too large', tarGz([{ ...A, claimedSize: 2 ** 32 }]), 'archive_file_too_large'],
    ['a path of just the length', named('x'.repeat(50)), `${'x'.repeat(50)}=1`, { maxPathBytes: 50 }],
    ['a path too long', named('x'.repeat(51)), 'archive_path_too_long', { maxPathBytes: 50 }],
    [
      'a long name too long',
      tarGz([{ name: 'l', flag: 'L', content: 'x'.repeat(80_000) }, A]),
      'archive_path_too_long',
    ],
    ['just the size', tarGz([A]), 'a=1', { maxInflatedBytes: 2048 }],
    ['too large', tarGz([A]), 'archive_too_large', { maxInflatedBytes: 2047 }],
    ['a bomb in one file', gzipSync(Buffer.alloc(50_000_000)), 'archive_too_large'],
    [
      'a bomb of zeros behind the end',
      gzipSync(Buffer.concat([tar([A]), Buffer.alloc(50_000_000)])),
      'archive_too_large',
    ],
  ];
  for (const [name, archive, expected, limits] of table) {
    it(`answers ${expected.slice(0, 30) || 'no files'} to ${name}`, async () => {
      assert.equal(await outcome(archive, limits), expected);
    });
  }

  it('reads what another writer wrote, and another reader reads what ours wrote', async () => {
    const path = fc.stringMatching(/^[a-z\u00e9]{1,60}(\/[a-z]{1,60}){0,3}$/);
    const files = fc.dictionary(path, fc.string(), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const theirs = pack();
        for (const [name, content] of Object.entries(contents)) theirs.entry({ name: `/${name}` }, content);
        theirs.finalize();
        assert.deepEqual(
          byPath(await readArchive(gzipSync(await buffer(theirs)), DEFAULT_ARCHIVE_LIMITS)),
          byName(contents),
        );

        const ours = await writeArchive(
          byName(contents).map(([path, content]) => ({ path, bytes: Buffer.from(content) })),
        );
        assert.deepEqual(await readWithTarStream(ours), byName(contents));
        assert.deepEqual(byPath(await readArchive(ours, DEFAULT_ARCHIVE_LIMITS)), byName(contents));
      }),
      { numRuns: 40 },
    );
  });
});

describe('writeArchive', () => {
  const files = [
    { path: 'b', bytes: Buffer.from('2') },
    { path: 'a', bytes: Buffer.alloc(70_000, 'x') },
  ];

  it('writes the same bytes for the same files in any order', async () => {
    assert.deepEqual(await writeArchive(files), await writeArchive(files.toReversed()));
    const header = gunzipSync(await writeArchive(files)).subarray(0, 512);
    assert.equal(header.toString('latin1', 0, 3), '/a\0');
    assert.equal(header.toString('latin1', 136, 147), '00000000000');
  });

  it('refuses a path given twice, and one that could not be read back', async () => {
    const bytes = Buffer.from('');
    await assert.rejects(
      writeArchive([
        { path: 'a', bytes },
        { path: 'a', bytes },
      ]),
      { code: 'archive_duplicate_entry' },
    );
    await assert.rejects(writeArchive([{ path: '../a', bytes }]), { code: 'archive_path_traversal' });
  });
});

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const place = at < 0 ? copy.length + at : at;
  copy.writeUInt8((copy.readUInt8(place) ^ 0xff) & 0xff, place);
  return copy;
}

/** Writes where ustar has its prefix and GNU its times and its map of holes. */
function gnuPrefix(text: string, at = 345): (header: Buffer) => void {
  return (header) => {
    header.write('ustar  \0', 257);
    header.write(text, at);
  };
}

/** The archive of A with optional parts in its gzip header (RFC 1952 section 2.3.1). */
function gzipHeader(flags: number, parts: string): Buffer {
  const archive = tarGz([A]);
  const header = Buffer.from(archive.subarray(0, 10));
  header.writeUInt8(flags, 3);
  return Buffer.concat([header, Buffer.from(parts, 'latin1'), archive.subarray(10)]);
}

function byName(contents: Record<string, string>): [string, string][] {
  return Object.entries(contents).sort(([a], [b]) => (a < b ? -1 : 1));
}

function byPath(files: readonly { path: string; bytes: Uint8Array }[]): [string, string][] {
  return byName(Object.fromEntries(files.map((file) => [file.path, new TextDecoder().decode(file.bytes)])));
}

async function readWithTarStream(archive: Uint8Array): Promise<[string, string][]> {
  const reader = extract();
  reader.end(gunzipSync(archive));
  const contents: Record<string, string> = {};
  for await (const entry of reader) contents[entry.header.name.slice(1)] = (await buffer(entry)).toString();
  return byName(contents);
}
