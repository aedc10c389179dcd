import type { ActivePolicySets } from '../decision/planes.ts';
import type { Logger } from '../observe/logger.ts';
import type { RouteOptions } from '../services/ext-authz/route-choice.ts';

/**
 * Warns, whenever policies become active, of entrypoints that Envoy is to ask for and that they do not offer: each such
 * check would be a denial, and nothing else would say why.
 */
export function watchOffers(
  { policySet, entrypoint, choices }: RouteOptions,
  active: ActivePolicySets,
  logger: Pick<Logger, 'warn'>,
): void {
  active.onChange((changed) => {
    const offered = active.active().get(changed)?.entrypoints;
    if (offered === undefined) return;
    const asked = [
      ...(changed === policySet && entrypoint !== '' ? [entrypoint] : []),
      ...(choices[changed] ?? []),
    ];
    const missing = asked.filter((each) => !offered.includes(each));
    if (missing.length > 0) logger.warn({ policy_set: changed, missing, offered }, NOT_OFFERED);
  });
}

const NOT_OFFERED =
  'extAuthz asks for entrypoints that the active policies do not offer: such checks are denied';
