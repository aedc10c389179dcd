import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Provenance } from '../decision/decision.ts';
import { ShadowVerifier } from '../decision/shadow.ts';
import type { Logger } from '../observe/logger.ts';
import { EXT_AUTHZ_SECRETS } from './ext-authz-secrets.ts';

/** What tells the operator that an answer was wrong, and what becomes of its entrypoint. */
const DIFFERED =
  'an answer differs from that of the whole input: its entrypoint is answered without cache and footprint until another policy is active or it is turned on';

/**
 * Verifies answers as configured, and writes those that were wrong to the log: where they differ, but neither the input
 * nor the answers, which are in the decision log under the id, masked and as whole as that is. `onDistrust` is told which entrypoint that concerns.
 */
export function shadowVerifier(
  {
    cache,
    decisionLog,
    extAuthz,
    policySets,
  }: Pick<Config, 'cache' | 'decisionLog' | 'extAuthz' | 'policySets'>,
  logger: Pick<Logger, 'error'>,
  clock: Clock,
  onDistrust: (provenance: Provenance) => void = () => {},
): ShadowVerifier {
  const masks = extAuthz === undefined ? decisionLog.mask : [...decisionLog.mask, ...EXT_AUTHZ_SECRETS];
  const hidden = masks
    .filter((mask) => mask === '/result' || mask.startsWith('/result/'))
    .map((mask) => mask.slice('/result'.length));
  return new ShadowVerifier({
    rate: cache.shadow.rate,
    maxShare: cache.shadow.maxShare / Object.keys(policySets).length,
    clock,
    random: Math.random,
    onDifference: ({ decisionId, provenance, cached, kind, places, keyDigest }) => {
      onDistrust(provenance);
      logger.error(
        {
          policy_set: provenance.policySet,
          entrypoint: provenance.entrypoint,
          revisions: provenance.revisions,
          decision_id: decisionId,
          cached,
          difference: kind,
          places: [...new Set(places.map((place) => shown(place, hidden)))],
          key_digest: keyDigest,
        },
        DIFFERED,
      );
    },
  });
}

/** Names in what the decision log masks are not told either. */
function shown(place: string, hidden: readonly string[]): string {
  return hidden.find((mask) => place.startsWith(`${mask}/`)) ?? place;
}
