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

const root = join(import.meta.dirname, '../../..');

let folder: string;
let issued: Issued;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-documented-'));
  issued = await createAuthority(folder, 'authority');
});
after(() => rm(folder, { recursive: true, force: true }));

/** Whole configurations of Envoy, by where they are. */
async function configurations(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const file of globSync('{examples,deploy}/**/*.{yaml,yml}', { cwd: root }).sort()) {
    const text = await readFile(join(root, file), 'utf8');
    if (/^static_resources:/m.test(text)) found.set(file, text);
  }
  for (const file of globSync('{*.md,docs/**/*.md,examples/**/*.md}', { cwd: root }).sort()) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [index, [, block]] of [...text.matchAll(/^```ya?ml\n(.*?)^```$/gms)].entries())
      if (/^static_resources:/m.test(block!)) found.set(`${file}, block ${index + 1}`, block!);
  }
  return found;
}

/** Files of certificates are looked for: there is one pair for all. */
const withCertificates = (config: string): string =>
  JSON.stringify(parse(config), (key, value: unknown) => {
    if (key === 'private_key') return { filename: issued.keyFile };
    return key === 'certificate_chain' || key === 'trusted_ca' ? { filename: issued.certFile } : value;
  });

test('Envoy takes every configuration that the documents and examples show, and would refuse a mistake', async () => {
  const shown = await configurations();
  assert.ok(shown.size >= 3, [...shown.keys()].join(', '));
  for (const [where, text] of shown) {
    const config = withCertificates(text);
    const file = join(folder, 'envoy.json');
    await writeFile(file, config);
    const { valid, printed } = await validate(file);
    assert.ok(valid, `${where}:\n${printed}`);
    await writeFile(file, config.replace('transport_api_version', 'transport_api_versoin'));
    assert.ok(!(await validate(file)).valid, where);
  }
});
