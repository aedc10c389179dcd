import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildOptions, buildBundle } from '../../src/authoring/build.ts';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { generateKeyPair, loadSigningKey } from '../../src/bundle/keys.ts';
import { signBundle } from '../../src/bundle/sign.ts';
import { writeArchive } from '../../src/bundle/write-archive.ts';

/** Builds a bundle from sources given as text, by their path. */
export async function bundleOf(
  sources: Readonly<Record<string, string>>,
  options: Omit<BuildOptions, 'sources'> = {},
): Promise<readonly BundleFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-sources-'));
  try {
    for (const [path, text] of Object.entries(sources)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return (await buildBundle({ sources: [folder], ...options })).files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A key pair that signs bundles. */
export class Signer {
  readonly keyId: string;
  readonly publicKeyPem: string;
  readonly #scope: string;
  readonly #key: ReturnType<typeof loadSigningKey>;

  /** Every signature carries the scope. */
  constructor(keyId: string, scope = '') {
    const pair = generateKeyPair('ES256');
    this.keyId = keyId;
    this.#scope = scope;
    this.publicKeyPem = pair.verificationKey;
    this.#key = loadSigningKey({ algorithm: 'ES256', text: pair.signingKey });
  }

  /** The signed archive. */
  async archive(files: readonly BundleFile[]): Promise<Uint8Array> {
    const signing = { key: this.#key, keyId: this.keyId, scope: this.#scope, nowMs: Date.now() };
    const signature = await signBundle(files, signing);
    return writeArchive([...files, signature]);
  }
}

/** What `buildBundle` writes, as far as tests change it. */
export interface WrittenManifest {
  revision: string;
  roots: string[];
  metadata: {
    portcullis?: { sequence: number; entrypoints: string[]; digests: { module: string; plan: string } };
  };
  wasm?: { entrypoint: string; module: string }[];
}

/** The same files under a manifest that has been changed. */
export function withManifest(
  files: readonly BundleFile[],
  edit: (manifest: WrittenManifest) => void,
): BundleFile[] {
  return files.map((file) => {
    if (file.path !== '.manifest') return file;
    const manifest = JSON.parse(Buffer.from(file.bytes).toString()) as WrittenManifest;
    edit(manifest);
    return { path: file.path, bytes: Buffer.from(JSON.stringify(manifest)) };
  });
}

/** The same files with one put in or replaced. */
export const withFile = (files: readonly BundleFile[], path: string, text: string): BundleFile[] => [
  ...files.filter((file) => file.path !== path),
  { path, bytes: Buffer.from(text) },
];
