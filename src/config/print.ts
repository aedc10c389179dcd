/** Prints the configuration in effect, as it could be written in the file, without secrets. */
import { Document, isPair, isScalar, visit } from 'yaml';
import { type Address, formatAddress } from './address.ts';
import { formatBytes } from './bytes.ts';
import { formatDuration } from './duration.ts';
import type { ConfigPath } from './mistake.ts';
import type { Config } from './schema.ts';
import { childNode, type SchemaNode, schemaTree } from './schema-tree.ts';
import { type BundleSourceConfig, formatSource } from './source.ts';

/** User and password, query and fragment of a URL may hold credentials. */
const CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/g;
const QUERY = /\b([a-z][a-z0-9+.-]*:\/\/[^\s?#]*)[?#]\S*/g;

/** The configuration as plain data in the shape of the file, units and addresses as text, credentials replaced. */
export function redact(config: Config): Readonly<Record<string, unknown>> {
  return written(config, schemaTree) as Readonly<Record<string, unknown>>;
}

/** YAML with the origin of each value as a comment. */
export function printConfig(config: Config, origin: (path: ConfigPath) => string): string {
  const document = new Document(redact(config));
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key !== 'key') node.comment = ` ${origin(pathOf(ancestors, node))}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Replaces what may be a credential in text that is shown. */
export function redactText(text: string): string {
  return text.replace(CREDENTIALS, '$1(redacted)@').replace(QUERY, '$1?(redacted)');
}

function written(value: unknown, node: SchemaNode | undefined): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') return numberText(value, node);
  if (typeof value !== 'object' || value === null) return value;
  if (node?.format === 'address') return formatAddress(value as Address);
  if (node?.format === 'source') return formatSource(value as BundleSourceConfig);
  const child = (step: string | number): SchemaNode | undefined =>
    node === undefined ? undefined : childNode(node, step);
  if (Array.isArray(value)) return value.map((item, index) => written(item, child(index)));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== undefined && child(key) !== undefined)
      .map(([key, item]) => [key, written(item, child(key))]),
  );
}

function numberText(value: number, node: SchemaNode | undefined): number | string {
  if (node?.format === 'bytes') return formatBytes(value);
  return node?.format === 'duration' ? formatDuration(value) : value;
}

function pathOf(ancestors: readonly unknown[], node: unknown): ConfigPath {
  const path: (string | number)[] = [];
  ancestors.forEach((ancestor, index) => {
    if (isPair(ancestor)) {
      path.push(isScalar(ancestor.key) ? String(ancestor.key.value) : '');
    } else if (typeof ancestor === 'object' && ancestor !== null && 'items' in ancestor) {
      const at = (ancestor.items as unknown[]).indexOf(ancestors[index + 1] ?? node);
      if (!isPair(ancestors[index + 1] ?? node)) path.push(at);
    }
  });
  return path;
}
