import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { BundleFile } from '../bundle/bundle.ts';
import { isDataFile, MANIFEST_FILE } from '../bundle/file-names.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';

/** One file of the author's, with its place in the bundle. */
export interface SourceFile extends BundleFile {
  /** Where it was read from, for messages. */
  readonly file: string;
}

/** What a bundle is built from, by kind, each sorted by path. */
export interface Sources {
  readonly rego: readonly SourceFile[];
  /** `*_test.rego`: never part of a bundle. */
  readonly tests: readonly SourceFile[];
  /** `data.json`, `data.yaml` and `data.yml`; the folder is the data path. */
  readonly data: readonly SourceFile[];
  /** Decision vectors. */
  readonly vectors: readonly SourceFile[];
  /** The author's own `.manifest` at the top, with roots and metadata. */
  readonly manifest: SourceFile | undefined;
}

/**
 * Reads folders and files. Paths in the bundle are relative to `base`, or else to the folder they were found in.
 * Dotfiles and files of other kinds stay out. Throws PortcullisError `build_failed`, `io_failed`.
 */
export async function readSources(paths: readonly string[], base?: string): Promise<Sources> {
  const files = new Map<string, SourceFile>();
  for (const start of paths) {
    for (const found of await list(start)) {
      if (kindOf(found) === undefined) continue;
      const path = bundlePath(found, start, base);
      const other = files.get(path);
      if (other !== undefined)
        throw failed(`${found} and ${other.file} have the same place ${path} in the bundle`);
      files.set(path, { path, file: found, bytes: await readFile(found) });
    }
  }
  const sorted = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const ofKind = (kind: Kind): SourceFile[] => sorted.filter(({ file }) => kindOf(file) === kind);
  return {
    rego: ofKind('rego'),
    tests: ofKind('test'),
    data: ofKind('data'),
    vectors: ofKind('vectors'),
    manifest: sorted.find(({ path }) => path === MANIFEST_FILE),
  };
}

/** Whether a file of this name counts among sources. */
export function isSourceFile(name: string): boolean {
  return kindOf(name) !== undefined;
}

type Kind = 'rego' | 'test' | 'data' | 'vectors' | 'manifest';

/** What a file is by its name; undefined when it has no place in a bundle. */
function kindOf(file: string): Kind | undefined {
  const name = basename(file);
  if (name === MANIFEST_FILE) return 'manifest';
  if (name.startsWith('.')) return undefined;
  if (name.endsWith('.rego')) return name.endsWith('_test.rego') ? 'test' : 'rego';
  if (isDataFile(name)) return 'data';
  return /(^|_)vectors\.ya?ml$/.test(name) ? 'vectors' : undefined;
}

/** All files below a folder, or the one file, without those in dot folders. */
async function list(start: string): Promise<string[]> {
  try {
    if ((await stat(start)).isFile()) return [start];
    const entries = await readdir(start, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !hidden(relative(start, entry.parentPath)))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        if (entry.isSymbolicLink()) throw failed(`${path} is a link: put the file itself there`);
        return entry.isFile() ? path : undefined;
      })
      .filter((path) => path !== undefined);
  } catch (error) {
    throw toPortcullisError(error, 'io_failed');
  }
}

function hidden(folder: string): boolean {
  return folder.split(sep).some((part) => part.startsWith('.'));
}

function bundlePath(file: string, start: string, base: string | undefined): string {
  const path = base === undefined && file === start ? basename(file) : relative(base ?? start, file);
  if (path.startsWith('..')) throw failed(`${file} is outside of ${base}`);
  return path.split(sep).join('/');
}

function failed(message: string): PortcullisError {
  return new PortcullisError('build_failed', message);
}
