import { Buffer } from 'node:buffer';
import { createHash, type KeyObject, sign as signBytes } from 'node:crypto';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { hashFile } from '../../src/bundle/hash.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { type RawEntry, tarGz } from '../raw-tar.ts';

/** One row of the table of hostile bundles. */
export type Row = readonly [name: string, code: ErrorCode, archive: Uint8Array];

/** The good bundle that every row is made from by one change. */
export interface Good {
  /** Without the signature. */
  readonly files: readonly BundleFile[];
  /** With the signature. */
  readonly signedFiles: readonly BundleFile[];
  readonly archive: Uint8Array;
  /** The `data.json` that rows change: an object with a member or more. */
  readonly dataPath: string;
  /** Private half of the key `release`. */
  readonly key: KeyObject;
  /** PEM. */
  readonly publicKey: string;
}

/** The scope that the good bundle is signed with. */
export const SCOPE = 'production';

/** What to do differently when signing. */
export interface Change {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** OPA's name of the hash and Node's, over the bytes alone. */
  readonly hash?: readonly [name: string, algorithm: string];
  readonly signer?: (data: string) => Buffer;
}

export interface BuiltManifest {
  roots: string[];
  metadata: { portcullis: { sequence: number; entrypoints: string[]; digests: { module: string } } };
}

export function withSignature(files: readonly BundleFile[], key: KeyObject, change: Change): BundleFile[] {
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values(), signatureOf(files, key, change)];
}

/** A signature built by hand, so that anything can be wrong with it. */
export function signatureOf(files: readonly BundleFile[], key: KeyObject, change: Change): BundleFile {
  const header = { alg: 'ES256', kid: 'release', ...change.header };
  const listed = files.map((file) => ({
    name: file.path,
    hash:
      change.hash === undefined
        ? hashFile(file, 'SHA-256').toString('hex')
        : createHash(change.hash[1]).update(file.bytes).digest('hex'),
    algorithm: change.hash?.[0] ?? 'SHA-256',
  }));
  const claims = { files: listed, scope: SCOPE, keyid: 'release', ...change.claims };
  const data = `${base64url(header)}.${base64url(claims)}`;
  const signature =
    change.signer?.(data) ?? signBytes('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' });
  const token = `${data}.${signature.toString('base64url')}`;
  return { path: '.signatures.json', bytes: Buffer.from(JSON.stringify({ signatures: [token] })) };
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The members of a JSON file that is known to be an object. */
export function parse(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
}

export function edited(
  files: readonly BundleFile[],
  path: string,
  edit: (bytes: Buffer) => Uint8Array,
): BundleFile[] {
  return files.map((file) => (file.path === path ? { path, bytes: edit(Buffer.from(file.bytes)) } : file));
}

export function withManifest(
  files: readonly BundleFile[],
  edit: (manifest: BuiltManifest) => void,
): BundleFile[] {
  return edited(files, '.manifest', (bytes) => {
    const manifest = parse(bytes) as unknown as BuiltManifest;
    edit(manifest);
    return Buffer.from(JSON.stringify(manifest));
  });
}

/** Another module, bound by the manifest. */
export function withModule(files: readonly BundleFile[], module: Buffer): BundleFile[] {
  const bound = withManifest(files, ({ metadata: { portcullis } }) => {
    portcullis.digests.module = createHash('sha256').update(module).digest('hex');
  });
  return edited(bound, 'policy.wasm', () => module);
}

export function entriesOf(files: readonly BundleFile[]): RawEntry[] {
  return files.map(({ path, bytes }) => ({ name: `/${path}`, content: bytes }));
}

export function packed(files: readonly BundleFile[]): Buffer {
  return tarGz(entriesOf(files));
}

/** The good bundle's entries and one more. */
export function added(good: Good, entry: RawEntry): Buffer {
  return tarGz([...entriesOf(good.signedFiles), entry]);
}

/** The good bundle with one file changed and the signature as it was. */
export function tampered(good: Good, path: string, edit: (bytes: Buffer) => Uint8Array): Buffer {
  return packed(edited(good.signedFiles, path, edit));
}

/** Other files, signed by the good key. */
export function signed(good: Good, files: readonly BundleFile[], change: Change = {}): Buffer {
  return packed(withSignature(files, good.key, change));
}
