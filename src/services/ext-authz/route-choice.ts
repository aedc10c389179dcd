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
  readonly refusal: PortcullisError | undefined;
}

const POLICY_SET = 'portcullis.policy_set';
const ENTRYPOINT = 'portcullis.entrypoint';

/**
 * What a request is decided by. Only the filter's or the route's own `context_extensions` may choose, which no client can
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
  const configured = { policySet, entrypoint, refusal: undefined };
  if (set === policySet && chosen === entrypoint) return configured;
  const listed = Object.hasOwn(choices, set) ? choices[set]! : undefined;
  const byDefault = contextExtensions[ENTRYPOINT] === undefined;
  if (listed !== undefined && (byDefault || listed.includes(chosen)))
    return { policySet: set, entrypoint: chosen, refusal: undefined };
  const what = byDefault ? 'the default entrypoint' : `entrypoint ${JSON.stringify(chosen)}`;
  const refusal = new PortcullisError(
    byDefault ? 'unknown_policy_set' : 'unknown_entrypoint',
    `The route's context_extensions choose ${what} of policy set ${JSON.stringify(set)}, which extAuthz.choices does not list`,
  );
  return { ...configured, refusal };
}
