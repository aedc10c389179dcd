import { isUtf8 } from 'node:buffer';
import { PortcullisError } from '../errors.ts';

// oxlint-disable-next-line no-control-regex
const CONTROL_OR_BACKSLASH = /[\u0000-\u001f\u007f-\u009f\\]/;
const DRIVE_LETTER = /^[A-Za-z]:/;

/**
 * The path of a file as the rest of Portcullis names it: relative, no `.` or `..` segments, UTF-8. One leading `/` is
 * dropped, since `opa build` writes `/data.json`, and one leading `./`, since `tar czf x.tar.gz ./…` writes `./data.json`;
 * the names that a signature lists are brought to the same form, so either writing verifies. Gives '' for the archive's
 * own folder (`./`). Throws `archive_path_invalid`, `archive_path_too_long`, `archive_path_absolute`, `archive_path_traversal`.
 */
export function archivePath(name: Uint8Array, maxPathBytes: number): string {
  if (name.length > maxPathBytes) {
    throw new PortcullisError(
      'archive_path_too_long',
      `a path has ${name.length} bytes, more than the ${maxPathBytes} allowed`,
    );
  }
  if (!isUtf8(name)) throw new PortcullisError('archive_path_invalid', 'a path is not UTF-8');
  return normalizePath(new TextDecoder('utf-8', { ignoreBOM: true }).decode(name));
}

/** The same for a name that is text already. */
export function normalizePath(name: string): string {
  if (CONTROL_OR_BACKSLASH.test(name)) {
    throw new PortcullisError(
      'archive_path_invalid',
      `the path ${quoted(name)} holds a control character or a backslash`,
    );
  }
  const path = name.startsWith('/') ? name.slice(1) : name.startsWith('./') ? name.slice(2) : name;
  if (path.startsWith('/') || DRIVE_LETTER.test(path)) {
    throw new PortcullisError('archive_path_absolute', `the path ${quoted(name)} is absolute`);
  }
  for (const segment of path.split('/')) {
    if (segment === '..' || segment === '.') {
      throw new PortcullisError(
        'archive_path_traversal',
        `the path ${quoted(name)} holds a ${segment} segment`,
      );
    }
    if (segment === '' && path !== '') {
      throw new PortcullisError('archive_path_invalid', `the path ${quoted(name)} holds an empty segment`);
    }
  }
  return path;
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
