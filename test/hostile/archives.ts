import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { tar, tarGz } from '../raw-tar.ts';
import { added, entriesOf, type Good, packed, type Row } from './forge.ts';

/** Archives that no signature can make acceptable. */
export function hostileArchives(good: Good): Row[] {
  const { files } = good;
  const megabyte = Buffer.alloc(1024 * 1024);
  return [
    ['not compressed', 'archive_not_gzip', tar(entriesOf(good.signedFiles))],
    ['half written', 'archive_truncated', good.archive.subarray(0, good.archive.length >> 1)],
    ['empty', 'archive_truncated', new Uint8Array()],
    ['cut off in its checksum', 'archive_truncated', good.archive.subarray(0, -3)],
    [
      'without the end of the tar',
      'archive_truncated',
      gzipSync(tar(entriesOf(good.signedFiles)).subarray(0, -1024)),
    ],
    ['a second gzip member', 'archive_invalid', Buffer.concat([good.archive, packed(files)])],
    [
      'files behind the end of the tar',
      'archive_invalid',
      gzipSync(Buffer.concat([tar(entriesOf(good.signedFiles)), tar(entriesOf(files))])),
    ],
    [
      'a gzip bomb',
      'archive_too_large',
      tarGz([
        ...entriesOf(good.signedFiles),
        ...Array.from({ length: 9 }, (_, i) => ({ name: `bomb${i}`, content: megabyte })),
      ]),
    ],
    [
      'one file too large',
      'archive_file_too_large',
      added(good, { name: 'bomb', content: Buffer.alloc(5 * 1024 * 1024) }),
    ],
    [
      'too many files',
      'archive_too_many_entries',
      tarGz([...entriesOf(good.signedFiles), ...Array.from({ length: 100 }, (_, i) => ({ name: `f${i}` }))]),
    ],
    [
      'too long a path',
      'archive_path_too_long',
      tarGz([
        ...entriesOf(good.signedFiles),
        { name: '././@LongLink', flag: 'L', content: 'a/'.repeat(150) },
        { name: 'a' },
      ]),
    ],
    ['a symbolic link', 'archive_link', added(good, { name: 'etc', flag: '2', linkName: '/etc/passwd' })],
    ['a hard link', 'archive_link', added(good, { name: 'link', flag: '1', linkName: good.dataPath })],
    ['a device', 'archive_entry_type', added(good, { name: 'tty', flag: '3' })],
    ['a path upward', 'archive_path_traversal', added(good, { name: 'a/../../b.json', content: '{}' })],
    ['an absolute path', 'archive_path_absolute', added(good, { name: '//etc/data.json', content: '{}' })],
    [
      'a name that is not UTF-8',
      'archive_path_invalid',
      added(good, { name: Buffer.from([0x61, 0xff]), content: '{}' }),
    ],
    ['a backslash in a name', 'archive_path_invalid', added(good, { name: 'a\\data.json', content: '{}' })],
    [
      'a name that readers of GNU headers disagree about',
      'archive_invalid',
      added(good, {
        name: 'data.json',
        content: '{"admin":true}',
        edit: (header) => {
          header.write('ustar  \0', 257);
          header.write('evil', 345);
        },
      }),
    ],
    [
      'a checksum of the gzip header that nobody looks at',
      'archive_invalid',
      Buffer.concat([
        good.archive.subarray(0, 3),
        Buffer.from([2]),
        good.archive.subarray(4, 10),
        Buffer.from([0xde, 0xad]),
        good.archive.subarray(10),
      ]),
    ],
    ['a file twice', 'archive_duplicate_entry', added(good, { name: `/${good.dataPath}`, content: '{}' })],
    [
      'a file twice, once with ./',
      'archive_duplicate_entry',
      added(good, { name: `./${good.dataPath}`, content: '{}' }),
    ],
  ];
}
