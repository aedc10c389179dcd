import { PortcullisError } from '../../errors.ts';

/** Which policy answers Envoy, and what its routes may choose. */
export interface RouteOptions {
  /** Empty: the only policy set that is configured. */
  readonly policySet: string;
  /** Empty: the policy set's default. */
  readonly entrypoint: string;
  /** By policy set, the entrypoints that a route may choose. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

/** What is asked, or why it may not be asked; then the configured policy is the one that is recorded. */
export interface RouteChoice {
  readonly policySet: string;
  readonly entrypoint: string;
  /** Whether it is evaluated in any case. */
  readonly noCache: boolean;
  readonly refusal: PortcullisError | undefined;
}

const POLICY_SET = 'portcullis.policy_set';
const ENTRYPOINT = 'portcullis.entrypoint';
const NO_CACHE = 'portcullis.no_cache';

/** The context extensions that are ours. */
export const EXTENSIONS: readonly string[] = [POLICY_SET, ENTRYPOINT, NO_CACHE];

/**
 * What a request is decided by, and whether the cache is asked. Only the filter's or the route's own `context_extensions` may choose, which no client can
 * set, and only what is configured or listed. Another policy set that is chosen without an entrypoint is asked for its
 * default; it must be listed all the same.
 */
export function chooseRoute(
  options: RouteOptions,
  contextExtensions: Readonly<Record<string, string>>,
): RouteChoice {
  const { policySet, entrypoint, choices } = options;
  const set = contextExtensions[POLICY_SET] ?? policySet;
  const chosen = contextExtensions[ENTRYPOINT] ?? (set === policySet ? entrypoint : '');
  const noCache = contextExtensions[NO_CACHE] === 'true';
  const configured = { policySet, entrypoint, noCache, refusal: refusedNoCache(contextExtensions[NO_CACHE]) };
  if (configured.refusal !== undefined) return configured;
  if (set === policySet && chosen === entrypoint) return configured;
  const listed = Object.hasOwn(choices, set) ? choices[set]! : undefined;
  const byDefault = contextExtensions[ENTRYPOINT] === undefined;
  if (listed !== undefined && (byDefault || listed.includes(chosen)))
    return { policySet: set, entrypoint: chosen, noCache, refusal: undefined };
  const what = byDefault ? 'the default entrypoint' : `entrypoint ${JSON.stringify(chosen)}`;
  const refusal = new PortcullisError(
    byDefault ? 'unknown_policy_set' : 'unknown_entrypoint',
    `The route's context_extensions choose ${what} of policy set ${JSON.stringify(set)}, which extAuthz.choices does not list`,
  );
  return { ...configured, refusal };
}

/** Why the route's wish cannot be read: a slip of the pen must not go unnoticed. */
function refusedNoCache(value: string | undefined): PortcullisError | undefined {
  if (value === undefined || value === 'true' || value === 'false') return undefined;
  return new PortcullisError(
    'invalid_request',
    `The route's context_extensions set ${NO_CACHE} to ${JSON.stringify(value)}: write "true" or "false"`,
  );
}
