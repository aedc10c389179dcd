/** Who may ask what. */
import { z } from 'zod';
import { name } from './fields.ts';

/** Groups of methods that a client may be given. */
export const CLIENT_METHODS = [
  'check',
  'batch-check',
  'evaluate',
  'watch-revision',
  'explain',
  'ext_authz',
  'data-api',
  'health',
  'reflection',
  'admin',
] as const;

export type ClientMethod = (typeof CLIENT_METHODS)[number];

/** What a client may call that is given nothing by name. The others change the server, or reveal policies and data. */
export const DEFAULT_METHODS: readonly ClientMethod[] = CLIENT_METHODS.filter(
  (method) => method !== 'admin' && method !== 'explain',
);

/** A caller is this client when its certificate carries one of the names or is one of the fingerprints. */
export interface ClientConfig {
  readonly spiffe: readonly string[];
  readonly dns: readonly string[];
  readonly fingerprints: readonly string[];
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
    .describe('SPIFFE IDs: the URI name of the client certificate, compared literally.'),
  dns: z
    .array(z.string().min(1))
    .prefault([])
    .describe('DNS names of the client certificate, compared literally.'),
  fingerprints: z
    .array(
      z
        .string()
        .regex(/^(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/, 'write the SHA-256 of the certificate in hex'),
    )
    .prefault([])
    .describe('SHA-256 fingerprints of client certificates in hex, with or without colons.'),
  policySets: z
    .array(name())
    .min(1, 'name a policy set, or leave policySets out to permit all')
    .optional()
    .describe('The policy sets that it may ask. All when unset.'),
  methods: z
    .array(z.enum(CLIENT_METHODS))
    .min(1, 'name a method')
    .prefault(DEFAULT_METHODS.slice())
    .describe(
      'What it may call. `admin` and `explain` must be named; everything else is permitted by default.',
    ),
});
