import * as z from 'zod';
import { PortcullisError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import { normalizePath } from './archive-path.ts';
import { type HashAlgorithm, isHashAlgorithm } from './hash.ts';

/** What a signature says of one file. */
export interface SignedFile {
  readonly algorithm: HashAlgorithm;
  readonly hash: Buffer;
}

/** The claims of a bundle signature; `iat`, `iss` and whatever else it may hold are of no consequence. */
const PAYLOAD = z.object({
  files: z.array(z.object({ name: z.string(), hash: z.string(), algorithm: z.string() })),
  scope: z.string().optional(),
});

/** Reads the signed claims. Throws `signature_payload_invalid`, `signature_hash_algorithm`. */
export function readPayload(claims: JsonObject): { scope: string; files: Map<string, SignedFile> } {
  const result = PAYLOAD.safeParse(claims);
  if (!result.success) {
    throw invalid(`the payload of the signature is malformed: ${z.prettifyError(result.error)}`);
  }
  const files = new Map<string, SignedFile>();
  for (const { name, hash, algorithm } of result.data.files) {
    const path = signedPath(name);
    const quoted = JSON.stringify(path.slice(0, 200));
    if (files.has(path)) throw invalid(`the signature lists ${quoted} twice`);
    if (!isHashAlgorithm(algorithm)) {
      throw new PortcullisError(
        'signature_hash_algorithm',
        `the signature hashes ${quoted} with ${JSON.stringify(algorithm.slice(0, 20))}`,
      );
    }
    if (!/^(?:[0-9a-fA-F]{2})+$/.test(hash))
      throw invalid(`the signature's hash of ${quoted} is not hexadecimal`);
    files.set(path, { algorithm, hash: Buffer.from(hash, 'hex') });
  }
  return { scope: result.data.scope ?? '', files };
}

/** Brought to the form of the archive's own paths, so that `opa sign` of a `tar czf x ./…` (which lists `./x`) verifies. */
function signedPath(name: string): string {
  try {
    return normalizePath(name);
  } catch (error) {
    throw invalid('the signature lists a path that no bundle can hold', error);
  }
}

function invalid(problem: string, cause?: unknown): PortcullisError {
  return new PortcullisError('signature_payload_invalid', problem, { cause });
}
