// needs: envoy, openssl
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { createAuthority, type Issued } from '../../contract/certificates.ts';
import { validate } from '../../support/envoy.ts';
import {
  type Block,
  bootstrap,
  cluster,
  type ListenerOptions,
  listener,
  PDP,
  route,
  UPSTREAM,
} from '../../support/envoy-config.ts';

const root = join(import.meta.dirname, '../../..');

let folder: string;
let issued: Issued;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-documented-'));
  issued = await createAuthority(folder, 'authority');
});
after(() => rm(folder, { recursive: true, force: true }));

interface Shown {
  readonly config: Block;
  /** The same with a misspelt name. */
  readonly mistaken: Block;
}

/** The configuration around a part of one, by the name that the part begins with, and what is misspelt in it. */
const PARTS: Readonly<Record<string, { around: (part: Block) => Block; misspelt: RegExp }>> = {
  static_resources: { around: (part) => part, misspelt: /transport_api_version/g },
  typed_per_filter_config: {
    around: (part) => behind({ routes: [{ ...route({ prefix: '/' }), ...part }] }),
    misspelt: /check_settings/g,
  },
  grpc_service: { around: (part) => behind({ authz: part }), misspelt: /num_retries/g },
  log_format: {
    around: (part) =>
      behind({ manager: { access_log: [{ name: 'stdout', typed_config: { ...STDOUT, ...part } }] } }),
    misspelt: /json_format/g,
  },
};

const STDOUT = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog' };
const behind = (options: ListenerOptions): Block =>
  bootstrap([listener('shown', options)], [cluster(PDP, 9, { http2: true }), cluster(UPSTREAM, 9)]);

/** Undefined for what is not Envoy's. */
function shownIn(text: string): Shown | undefined {
  const found = Object.entries(PARTS).find(([name]) => new RegExp(`^${name}:`, 'm').test(text));
  if (found === undefined) return undefined;
  const [name, { around, misspelt }] = found;
  const wrong = text.replaceAll(misspelt, 'misspelt');
  assert.notEqual(wrong, text, `${name} without ${misspelt}`);
  return { config: around(parse(text) as Block), mistaken: around(parse(wrong) as Block) };
}

/** Configurations of Envoy and parts of them, by where they are. */
async function configurations(): Promise<ReadonlyMap<string, Shown>> {
  const found = new Map<string, Shown>();
  const add = (where: string, text: string): void => {
    const shown = shownIn(text);
    if (shown !== undefined) found.set(where, shown);
  };
  for (const file of globSync('{examples,deploy}/**/*.{yaml,yml}', { cwd: root }).sort()) {
    const text = await readFile(join(root, file), 'utf8');
    if (/^static_resources:/m.test(text)) add(file, text);
  }
  for (const file of globSync('{*.md,docs/**/*.md,examples/**/*.md}', { cwd: root }).sort()) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [index, [, indent, block]] of [...text.matchAll(BLOCK)].entries())
      add(`${file}, block ${index + 1}`, block!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
  }
  return found;
}

/** In lists, too. */
const BLOCK = /^( *)```ya?ml\n(.*?)^ *```$/gms;

/** Files of certificates are looked for: there is one pair for all. */
const withCertificates = (config: Block): string =>
  JSON.stringify(config, (key, value: unknown) => {
    if (key === 'private_key') return { filename: issued.keyFile };
    return key === 'certificate_chain' || key === 'trusted_ca' ? { filename: issued.certFile } : value;
  });

test('Envoy takes every configuration that the documents and examples show, and would refuse a mistake', async () => {
  const shown = await configurations();
  const from = (file: string): number => [...shown.keys()].filter((where) => where.startsWith(file)).length;
  assert.ok(from('examples/') >= 2 && from('docs/envoy.md') >= 4, [...shown.keys()].join(', '));
  assert.ok(from('docs/policies.md') >= 1, [...shown.keys()].join(', '));
  for (const [where, { config, mistaken }] of shown) {
    const file = join(folder, 'envoy.json');
    await writeFile(file, withCertificates(config));
    const { valid, printed } = await validate(file);
    assert.ok(valid, `${where}:\n${printed}`);
    await writeFile(file, withCertificates(mistaken));
    assert.ok(!(await validate(file)).valid, where);
  }
});
