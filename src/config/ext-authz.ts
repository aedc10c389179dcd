/** Envoy's external authorization: which policy is asked, and how answers and failures are passed on. */
import { z } from 'zod';
import { entrypoint, name, named, path } from './fields.ts';

export interface ExtAuthzConfig {
  /** Undefined: the only policy set there is. */
  readonly policySet?: string | undefined;
  /** Undefined: the policy set's default. */
  readonly entrypoint?: string | undefined;
  /** By policy set, the entrypoints that a route may choose. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly ambiguousPaths: 'deny' | 'pass';
  readonly dryRun: boolean;
  readonly onError: 'deny' | 'error';
  /** HTTP status of a denial that stands for a failure. */
  readonly errorStatus: number;
  /** Lower case. */
  readonly identityHeaders: readonly string[];
  readonly parseBody: boolean;
  readonly descriptorSet?: string | undefined;
}

const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^`|~-]+$/, 'write a header name in lower case with `-`, for example x-user')
  .refine((header) => header !== 'host', 'host is not a header that can be removed');

export const extAuthz: z.ZodType<ExtAuthzConfig> = z
  .strictObject({
    policySet: name()
      .optional()
      .describe(
        'The policy set that is asked unless a route chooses another. By default the only one there is.',
      ),
    entrypoint: entrypoint()
      .optional()
      .describe(
        "The entrypoint that is asked unless a route chooses another. By default the policy set's default entrypoint.",
      ),
    choices: named(z.array(entrypoint()))
      .prefault({})
      .describe(
        'By policy set, the entrypoints that a route of Envoy may choose by its `context_extensions` `portcullis.policy_set` and `portcullis.entrypoint`. A choice that is not listed is a denial.',
      ),
    ambiguousPaths: z
      .enum(['deny', 'pass'])
      .prefault('deny')
      .describe(
        'Requests whose path servers may read differently (`//`, `..`, `%2f`, `;`, …): `deny` answers 400, `pass` leaves them to the policy, which sees `input.path.ambiguities`.',
      ),
    dryRun: z
      .boolean()
      .prefault(false)
      .describe('Lets every request through and logs what would have been decided.'),
    onError: z
      .enum(['deny', 'error'])
      .prefault('deny')
      .describe(
        "What Envoy is told when a decision fails (not when it denies): `deny` denies; `error` sends Envoy's error_response, to which the filter's failure_mode_allow and status_on_error apply. Envoy before 1.37 denies in both cases.",
      ),
    errorStatus: z
      .int('write an HTTP status')
      .min(400, 'write a status of 400 or above')
      .max(599, 'write a status of 599 or below')
      .prefault(403)
      .describe('HTTP status that the client of Envoy gets when a decision fails and is denied.'),
    identityHeaders: z
      .array(headerName)
      .prefault([])
      .describe(
        'Request headers that upstreams trust, such as `x-user`. On every allow they are what the policy sets, or removed; a request that holds one spelt with `_` for `-` is denied.',
      ),
    parseBody: z
      .boolean()
      .prefault(true)
      .describe('Gives policies `input.parsed_body` and `input.truncated_body`.'),
    descriptorSet: path()
      .optional()
      .describe(
        'A FileDescriptorSet (`buf build -o api.binpb`) by which the bodies of gRPC requests are read for `input.parsed_body`. Envoy must say `pack_as_bytes`.',
      ),
  })
  .describe("Envoy's external authorization on the gRPC listener. Not offered when unset.");
