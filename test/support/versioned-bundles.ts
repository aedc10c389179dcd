import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../../src/authoring/build.ts';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { generateKeyPair, loadSigningKey } from '../../src/bundle/keys.ts';
import { signBundle } from '../../src/bundle/sign.ts';
import { writeArchive } from '../../src/bundle/write-archive.ts';

/** How many different modules the versions go through. */
const MODULES = 4;

/**
 * Bundles of one policy in many versions. Module and data both carry the version, so that an answer shows whether it
 * came from one bundle: `module` is `version % 4` in the code, `data` is the version in the data, and `allowed` is
 * whether `input.n + version` is even.
 */
export class VersionedBundles {
  readonly publicKeyPem: string;
  readonly #signingKey: ReturnType<typeof loadSigningKey>;
  readonly #files: readonly (readonly BundleFile[])[];

  private constructor(files: readonly (readonly BundleFile[])[]) {
    const pair = generateKeyPair('ES256');
    this.publicKeyPem = pair.verificationKey;
    this.#signingKey = loadSigningKey({ algorithm: 'ES256', text: pair.signingKey });
    this.#files = files;
  }

  /** Compiles the modules; takes a few seconds. `policyOf` gives the source of each, `data.versions.current` is the version. */
  static async create(policyOf: (module: number) => string = policy): Promise<VersionedBundles> {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-versions-'));
    try {
      const files: (readonly BundleFile[])[] = [];
      for (let module = 0; module < MODULES; module++) {
        await writeFile(join(folder, 'policy.rego'), policyOf(module));
        await writeFile(join(folder, 'data.json'), '{"versions":{"current":0}}');
        files.push((await buildBundle({ sources: [folder] })).files);
      }
      return new VersionedBundles(files);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The signed archive of a version; its sequence is the version, its revision `v<version>`. */
  async archive(version: number, sequence: number = version): Promise<Uint8Array> {
    const files = this.#files[version % MODULES]!.map((file) => this.#stamp(file, version, sequence));
    const signature = await signBundle(files, { key: this.#signingKey, keyId: 'test', nowMs: Date.now() });
    return writeArchive([...files, signature]);
  }

  /** What a policy of that version answers. */
  static expected(version: number, n: number): { allowed: boolean; module: number; data: number } {
    return { allowed: (n + version) % 2 === 0, module: version % MODULES, data: version };
  }

  #stamp(file: BundleFile, version: number, sequence: number): BundleFile {
    const { path, bytes } = file;
    if (path === 'data.json') return { path, bytes: Buffer.from(`{"versions":{"current":${version}}}`) };
    if (path !== '.manifest') return file;
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    manifest.revision = `v${version}`;
    manifest.metadata.portcullis.sequence = sequence;
    return { path, bytes: Buffer.from(JSON.stringify(manifest)) };
  }
}

const policy = (module: number): string => `package versions

# METADATA
# entrypoint: true
decision := {"allowed": allowed, "module": ${module}, "data": data.versions.current}

default allowed := false

allowed if (input.n + data.versions.current) % 2 == 0
`;
