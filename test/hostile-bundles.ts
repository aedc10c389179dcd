import { Buffer } from 'node:buffer';
import type { ArchiveLimits } from '../src/bundle/archive.ts';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { generateKeyPair, loadSigningKey, loadVerificationKey } from '../src/bundle/keys.ts';
import { signBundle } from '../src/bundle/sign.ts';
import type { SignatureRules } from '../src/bundle/signature.ts';
import type { ErrorCode } from '../src/errors.ts';
import { hostileArchives } from './hostile/archives.ts';
import { hostileActivations, hostileContents } from './hostile/contents.ts';
import { type Good, packed, parse, type Row, SCOPE, tampered } from './hostile/forge.ts';
import { hostileSignatures } from './hostile/signatures.ts';
import { tarGz } from './raw-tar.ts';

/** A bundle that must be refused, made from a good one by one change. */
interface HostileBundle {
  readonly name: string;
  readonly archive: Uint8Array;
  readonly code: ErrorCode;
  /** `open`: by its bytes alone. `activate`: by what is active already, by compiling it, or by asking it. */
  readonly stage: 'open' | 'activate';
}

/** A good signed bundle, and what a server must be configured with to accept it. */
export interface HostileBase {
  /** The files of the good bundle, without its signature. */
  readonly files: readonly BundleFile[];
  readonly archive: Uint8Array;
  /** PEM by key id: `release` signs, `second` is configured as well. Both are for ES256. */
  readonly publicKeys: Readonly<Record<'release' | 'second', string>>;
  readonly scope: string;
  readonly verification: SignatureRules;
  /** Bundles equal to the good one in meaning, which must be accepted. */
  readonly harmless: readonly { readonly name: string; readonly archive: Uint8Array }[];
  readonly hostile: readonly HostileBundle[];
}

/** Limits that the table's archives cross; the good bundle must fit into them. */
export const HOSTILE_LIMITS: ArchiveLimits = {
  maxInflatedBytes: 8 * 1024 * 1024,
  maxFileBytes: 4 * 1024 * 1024,
  maxEntries: 100,
  maxPathBytes: 200,
};

const NOW_MS = Date.UTC(2026, 10, 22);

/**
 * Makes the table from the unsigned files of a bundle in our universal layout: `.manifest` with `metadata.portcullis` and
 * a sequence above 0, a `data.json` in whatever folder that is an object with a member, `policy.wasm`, `plan.json` and at
 * least one `.rego`.
 */
export async function makeHostileBundles(files: readonly BundleFile[]): Promise<HostileBase> {
  const release = generateKeyPair('ES256');
  const key = loadSigningKey({ algorithm: 'ES256', text: release.signingKey });
  const publicKeys = { release: release.verificationKey, second: generateKeyPair('ES256').verificationKey };
  const signature = await signBundle(files, { key, keyId: 'release', scope: SCOPE, nowMs: NOW_MS });
  const signedFiles = [...files, signature];
  const archive = packed(signedFiles);
  const dataPath = files.find(({ path }) => /(?:^|\/)data\.json$/.test(path))?.path as string;
  const good: Good = { files, signedFiles, archive, dataPath, key: key.key, publicKey: publicKeys.release };
  const open = [...hostileArchives(good), ...hostileSignatures(good), ...hostileContents(good)];
  return {
    files,
    archive,
    publicKeys,
    scope: SCOPE,
    verification: {
      keys: new Map(
        Object.entries(publicKeys).map(([id, text]) => [
          id,
          loadVerificationKey({ algorithm: 'ES256', text }),
        ]),
      ),
      scope: SCOPE,
    },
    harmless: harmlessBundles(good),
    hostile: [...open.map(inStage('open')), ...hostileActivations(good).map(inStage('activate'))],
  };
}

function inStage(stage: HostileBundle['stage']): (row: Row) => HostileBundle {
  return ([name, code, archive]) => ({ name, code, archive, stage });
}

function harmlessBundles(good: Good): HostileBase['harmless'] {
  const reversed = (bytes: Buffer): Buffer =>
    Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(parse(bytes)).reverse())));
  const renamed = good.signedFiles.map(({ path, bytes }) => ({ name: `./${path}`, content: bytes }));
  return [
    {
      name: 'white space appended to data.json',
      archive: tampered(good, good.dataPath, (bytes) => Buffer.concat([bytes, Buffer.from(' \n')])),
    },
    { name: 'the keys of the manifest in another order', archive: tampered(good, '.manifest', reversed) },
    { name: 'entries in another order', archive: packed(good.signedFiles.toReversed()) },
    { name: 'names with ./ in front', archive: tarGz(renamed) },
  ];
}
