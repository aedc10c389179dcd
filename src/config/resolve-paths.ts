/** Makes the paths of a parsed configuration absolute: files, Unix sockets, file sources. */
import { resolve } from 'node:path';
import type { ConfigPath } from './mistake.ts';
import { childNode, type SchemaNode, schemaTree } from './schema-tree.ts';

/** Gives a copy. `folderOf` gives the folder that a relative path at a place is relative to. */
export function resolvePaths(parsed: unknown, folderOf: (path: ConfigPath) => string): unknown {
  return walk(parsed, schemaTree, []);

  function walk(value: unknown, node: SchemaNode | undefined, path: ConfigPath): unknown {
    if (node?.format === 'path' && typeof value === 'string') return resolve(folderOf(path), value);
    if (typeof value !== 'object' || value === null) return value;
    if (node?.format === 'address' || node?.format === 'source') {
      return 'path' in value ? { ...value, path: resolve(folderOf(path), String(value.path)) } : value;
    }
    if (Array.isArray(value)) return value.map((item, index) => step(item, node, path, index));
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, step(child, node, path, key)]),
    );
  }

  function step(
    value: unknown,
    node: SchemaNode | undefined,
    path: ConfigPath,
    key: string | number,
  ): unknown {
    return walk(value, node === undefined ? undefined : childNode(node, key), [...path, key]);
  }
}
