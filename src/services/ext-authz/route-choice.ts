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
 * set, and only what the operator lists. A policy set that is chosen without an entrypoint is asked for its default.
 */
export function chooseRoute(
  options: RouteOptions,
  contextExtensions: Readonly<Record<string, string>>,
): RouteChoice {
  const { [POLICY_SET]: chosenSet, [ENTRYPOINT]: chosenEntrypoint } = contextExtensions;
  const { policySet, entrypoint, choices } = options;
  if (chosenSet === undefined && chosenEntrypoint === undefined)
    return { policySet, entrypoint, refusal: undefined };
  const set = chosenSet ?? policySet;
  const listed = Object.hasOwn(choices, set) ? choices[set] : undefined;
  const chosen = { policySet: set, entrypoint: chosenEntrypoint ?? '', refusal: undefined };
  if (chosenEntrypoint === undefined ? listed !== undefined : listed?.includes(chosenEntrypoint)) return chosen;
  const what =
    chosenEntrypoint === undefined ? 'the default entrypoint' : `entrypoint ${JSON.stringify(chosenEntrypoint)}`;
  const refusal = new PortcullisError(
    chosenEntrypoint === undefined ? 'unknown_policy_set' : 'unknown_entrypoint',
    `The route's context_extensions choose ${what} of policy set ${JSON.stringify(set)}, which extAuthz.choices does not list`,
  );
  return { policySet, entrypoint, refusal };
}
