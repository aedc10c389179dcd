/** Who may ask what. */
import { z } from 'zod';
import { name } from './fields.ts';

/** Groups of methods that a client may be given. */
export const CLIENT_METHODS = ['check', 'evaluate', 'watch', 'data_api', 'status', 'admin'] as const;

export type ClientMethod = (typeof CLIENT_METHODS)[number];

/** A caller is this client when its certificate carries one of the names or fingerprints, or by `local`. */
export interface ClientConfig {
  readonly spiffe: readonly string[];
  readonly dns: readonly string[];
  readonly fingerprints: readonly string[];
  readonly local: boolean;
  /** Undefined: all. */
  readonly policySets?: readonly string[] | undefined;
  readonly methods: readonly ClientMethod[];
}

export const client: z.ZodType<ClientConfig> = z.strictObject({
  spiffe: z
    .array(
      z
        .string()
        .regex(
          /^spiffe:\/\/[^\s/]+(?:\/[^\s/]+)*$/,
          'write a SPIFFE ID such as spiffe://prod/ns/edge/sa/gateway',
        ),
    )
    .prefault([])
    .describe('SPIFFE IDs: URI names of the client certificate, compared literally.'),
  dns: z
    .array(z.string().min(1))
    .prefault([])
    .describe('DNS names of the client certificate, compared literally.'),
  fingerprints: z
    .array(
      z.string().regex(/^[0-9a-f]{64}$/, 'write the SHA-256 of the certificate as 64 lower-case hex digits'),
    )
    .prefault([])
    .describe('SHA-256 fingerprints of client certificates, lower-case hex.'),
  local: z
    .boolean()
    .prefault(false)
    .describe('Callers without a certificate on loopback or a Unix socket are this client.'),
  policySets: z
    .array(name())
    .min(1, 'name a policy set, or leave policySets out to permit all')
    .optional()
    .describe('The policy sets that it may ask. All when unset.'),
  methods: z
    .array(z.enum(CLIENT_METHODS))
    .min(1, 'name a method')
    .prefault(['check', 'evaluate', 'watch', 'data_api', 'status'])
    .describe(
      'What it may call: `check` (Check, BatchCheck), `evaluate` (Evaluate), `watch` (WatchRevision), `data_api`, `status` (`/v1/status`), `admin` (AdminService over TCP).',
    ),
});
