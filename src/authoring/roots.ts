import { posix } from 'node:path';
import { parseStructured } from '../bundle/structured.ts';
import type { SourceFile } from './sources.ts';

/**
 * The data paths that a bundle owns: its packages, the folders of its data files, and the keys of a data file at the
 * top. Of paths inside each other only the outer one stays, since roots must not overlap.
 */
export function deriveRoots(packages: readonly string[], data: readonly SourceFile[]): string[] {
  const owned = [...packages, ...data.flatMap(pathsOf)];
  const paths = [...new Set(owned)].sort();
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

function pathsOf(file: SourceFile): string[] {
  const folder = posix.dirname(file.path);
  if (folder !== '.') return [folder];
  return Object.keys((parseStructured(file) ?? {}) as object);
}
