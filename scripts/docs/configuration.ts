/** docs/configuration.md and docs/portcullis.schema.json from the configuration's schema. */
import { loadConfig } from '../../src/config/load.ts';
import { variableName } from '../../src/config/overlay.ts';
import {
  objectForm,
  publishedSchema,
  type SchemaNode,
  scalarFields,
  schemaTree,
} from '../../src/config/schema-tree.ts';
import { CONFIGURATION_EXAMPLE, CONFIGURATION_INTRODUCTION } from './texts/configuration.ts';

export async function pages(): Promise<Readonly<Record<string, string>>> {
  // The example must be one that the server takes.
  await loadConfig({
    file: 'example.yaml',
    environment: {},
    cwd: '/',
    readFile: () => Promise.resolve(CONFIGURATION_EXAMPLE),
  });
  const top = Object.entries(schemaTree.properties ?? {});
  const text = [
    CONFIGURATION_INTRODUCTION,
    `## Fields\n\n${table(top.filter(([, node]) => !isSection(node)).flatMap(([key, node]) => rows(key, node, true)))}`,
    ...top.filter(([, node]) => isSection(node)).map(([key, node]) => section(key, node)),
    variables(),
  ].join('\n\n');
  return {
    'docs/configuration.md': `${text}\n`,
    'docs/portcullis.schema.json': `${JSON.stringify(publishedSchema(), undefined, 2)}\n`,
  };
}

function isSection(node: SchemaNode): boolean {
  return objectForm(node).properties !== undefined || typeof node.additionalProperties === 'object';
}

function section(key: string, node: SchemaNode): string {
  const required = schemaTree.required?.includes(key) === true;
  const inside =
    typeof node.additionalProperties === 'object'
      ? [`${key}.<name>`, node.additionalProperties]
      : [key, node];
  const [prefix, child] = inside as [string, SchemaNode];
  const text = `${node.description ?? ''}${required ? ' Required.' : ''}`;
  return `### ${key}\n\n${text}\n\n${table(fields(prefix, child))}`;
}

/** The rows of an object's fields. */
function fields(prefix: string, node: SchemaNode): string[] {
  const { properties, required } = objectForm(node);
  if (properties === undefined) return rows(prefix, node, false);
  return Object.entries(properties).flatMap(([key, child]) =>
    rows(`${prefix}.${key}`, child, required?.includes(key) === true),
  );
}

/** The row of a field, and the rows of what is inside it. */
function rows(path: string, node: SchemaNode, required: boolean): string[] {
  const byDefault = required && node.default === undefined ? 'required' : defaultText(node);
  const own = `| \`${path}\` | ${kind(node)} | ${byDefault} | ${cell(node.description ?? '')} |`;
  if (objectForm(node).properties !== undefined) return [own, ...fields(path, node)];
  if (typeof node.additionalProperties === 'object') {
    const inside = node.additionalProperties;
    return inside.properties === undefined ? [own] : [own, ...fields(`${path}.<name>`, inside)];
  }
  return [own, ...(node.items?.oneOf ?? []).flatMap((item) => alternative(`${path}[]`, item))];
}

/** One kind of list item: its fields, with the fixed one in the name. */
function alternative(path: string, node: SchemaNode): string[] {
  const type = String(node.properties?.['type']?.const);
  return Object.entries(node.properties ?? {}).map(([key, child]) => {
    const name = `\`${path}.${key}\`${key === 'type' ? '' : ` with \`type: ${type}\``}`;
    return `| ${name} | ${kind(child)} | ${defaultText(child) || 'required'} | ${cell(child.description ?? '')} |`;
  });
}

const FORMATS = {
  bytes: 'size',
  duration: 'duration',
  path: 'path',
  address: 'address',
  source: 'source',
};

function kind(node: SchemaNode): string {
  if (node.format !== undefined) return FORMATS[node.format];
  if (node.const !== undefined) return `\`${JSON.stringify(node.const).replaceAll('"', '')}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.items !== undefined) return `list of ${kind(node.items)}`;
  if (node.anyOf !== undefined || node.oneOf !== undefined) {
    return (node.anyOf ?? node.oneOf ?? []).map((branch) => kind(branch)).join(' or ');
  }
  if (typeof node.additionalProperties === 'object') return 'map of names';
  return (
    { string: 'text', integer: 'number', number: 'number', boolean: '`true`, `false`', object: 'map' }[
      node.type ?? ''
    ] ?? ''
  );
}

function defaultText(node: SchemaNode): string {
  const value = node.default;
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '')}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function table(lines: readonly string[]): string {
  return ['| Field | Value | Default | Meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function variables(): string {
  const lines = scalarFields().map(({ path }) => `| \`${variableName(path)}\` | \`${path.join('.')}\` |`);
  return ['## Environment variables', '', '| Variable | Field |', '|---|---|', ...lines].join('\n');
}
