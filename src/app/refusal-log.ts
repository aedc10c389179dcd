import type { Clock } from '../clock.ts';
import type { PortcullisError } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import type { CallContext } from '../rpc.ts';

const INTERVAL_MS = 1_000;

/**
 * Logs checks that were refused without a decision, at most once a second for each code: a gateway with a wrong certificate
 * asks as often as a right one. The next line says how many were left out.
 */
export function refusalLog(
  logger: Pick<Logger, 'warn'>,
  clock: Clock,
): (error: PortcullisError, call: Pick<CallContext, 'peer'>) => void {
  const lines = new Map<string, { sinceMs: number; leftOut: number }>();
  return (error, { peer }) => {
    const nowMs = clock.monotonicMs();
    const last = lines.get(error.code);
    if (last !== undefined && nowMs - last.sinceMs < INTERVAL_MS) {
      last.leftOut++;
      return;
    }
    lines.set(error.code, { sinceMs: nowMs, leftOut: 0 });
    const { uriNames, dnsNames, fingerprint } = peer.certificate ?? {};
    const fields = {
      code: error.code,
      reason: error.message,
      peer: peer.address,
      ...(fingerprint !== undefined && { certificate: { uriNames, dnsNames, fingerprint } }),
      left_out: last?.leftOut ?? 0,
    };
    // Only a defect is worth its stack.
    logger.warn(error.code === 'internal' ? { ...fields, err: error } : fields, REFUSED);
  };
}

const REFUSED = 'a check of Envoy was refused without a decision';
