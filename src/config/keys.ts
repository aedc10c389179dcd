/** Keys that verify bundles, and clients that may ask. */
import { z } from 'zod';
import { path } from './fields.ts';

/** The algorithms of RFC 7518 and RFC 8037 that sign bundles. `none` is not among them. */
export const SIGNATURE_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const;

export type KeyAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Where a key's text is: exactly one of `file` and `env` is set. */
export interface KeyConfig {
  readonly algorithm: KeyAlgorithm;
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}

export const key: z.ZodType<KeyConfig> = z.strictObject({
  algorithm: z
    .enum(SIGNATURE_ALGORITHMS)
    .prefault('ES256')
    .describe('The one algorithm that this key verifies; whatever else a signature claims is refused.'),
  file: path()
    .optional()
    .describe('Public key or certificate as PEM, or a JWK. For HS algorithms the shared secret.'),
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'name an environment variable')
    .optional()
    .describe('Name of the environment variable that holds the key, instead of `file`.'),
});
