/** The configuration's JSON Schema, and ways to walk it: for suggestions, environment names, paths and the docs. */
import { z } from 'zod';
import type { FieldFormat } from './fields.ts';
import type { ConfigPath } from './mistake.ts';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that the configuration's schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: FieldFormat;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: false | SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** One field whose place has no freely chosen name in it. */
export interface Field {
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

/** The schema of what may be written in the file. */
export const schemaTree: SchemaNode = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;

/** The object form of a field that may also be `false`, or the node itself. */
export function objectForm(node: SchemaNode): SchemaNode {
  return node.anyOf?.find((branch) => branch.properties !== undefined) ?? node;
}

/** The keys that a field's object may have; of alternatives, all of them. */
export function knownKeys(node: SchemaNode): readonly string[] {
  const branches = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [...new Set(branches.flatMap((branch) => Object.keys(branch.properties ?? {})))];
}

/** One step down; undefined where the schema knows no such place. */
export function childNode(node: SchemaNode, step: string | number): SchemaNode | undefined {
  if (typeof step === 'number') return node.items;
  for (const branch of [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]) {
    if (branch.properties !== undefined && Object.hasOwn(branch.properties, step))
      return branch.properties[step];
    if (typeof branch.additionalProperties === 'object') return branch.additionalProperties;
  }
  return undefined;
}

/** The schema of a place in the configuration. */
export function nodeAt(path: ConfigPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemaTree;
  for (const step of path) {
    node = node === undefined ? undefined : childNode(node, step);
  }
  return node;
}

/** Scalar fields outside maps and lists: those that an environment variable can set. A part that may be `false` is one too. */
export function scalarFields(node: SchemaNode = schemaTree, path: readonly string[] = []): readonly Field[] {
  const { properties } = objectForm(node);
  const own: Field[] = node.anyOf !== undefined || properties === undefined ? [{ path, node }] : [];
  if (properties === undefined) return isScalar(node) ? own : [];
  return [
    ...own,
    ...Object.entries(properties).flatMap(([key, child]) => scalarFields(child, [...path, key])),
  ];
}

function isScalar(node: SchemaNode): boolean {
  return node.items === undefined && node.additionalProperties === undefined && node.oneOf === undefined;
}

/** The schema as editors take it: without the formats that only this folder knows. */
export function publishedSchema(): unknown {
  return { title: 'portcullis.yaml', ...(withoutFormats(schemaTree) as object) };
}

function withoutFormats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFormats);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) => key !== 'format' || typeof item !== 'string');
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutFormats(item)]));
}
