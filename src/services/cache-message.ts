import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { CacheFigures, CacheRow, OffReason } from '../decision/planes.ts';
import {
  CacheOffReason,
  type EntrypointCacheSchema,
  type GetCacheResponseSchema,
} from '../gen/portcullis/v1/admin_pb.ts';

type Answer<T extends DescMessage> = MessageInitShape<T>;

/** The figures of the decision cache as the admin service tells them. */
export function cacheMessage(figures: CacheFigures): Answer<typeof GetCacheResponseSchema> {
  const { enabled, maxEntries, maxBytes, evictions, rows, ...counts } = figures;
  return {
    enabled,
    maxEntries: BigInt(maxEntries),
    maxBytes: BigInt(maxBytes),
    evictions: BigInt(evictions),
    ...countsMessage(counts),
    entrypoints: rows.map(entrypointMessage),
  };
}

/** The figures of one entrypoint. */
export function entrypointMessage(row: CacheRow): Answer<typeof EntrypointCacheSchema> {
  const { policySet, entrypoint, offReason, evicted, shadow, ...counts } = row;
  return {
    policySet,
    entrypoint,
    enabled: offReason === undefined,
    offReason: offReason === undefined ? CacheOffReason.UNSPECIFIED : OFF_REASONS[offReason],
    evictions: { once: BigInt(evicted.once), again: BigInt(evicted.again), hot: BigInt(evicted.hot) },
    shadow: {
      checked: BigInt(shadow.checked),
      differed: BigInt(shadow.differed),
      failed: BigInt(shadow.failed),
      skipped: BigInt(shadow.skipped),
    },
    ...countsMessage(counts),
  };
}

const OFF_REASONS: Readonly<Record<OffReason, CacheOffReason>> = {
  configuration: CacheOffReason.CONFIGURATION,
  operator: CacheOffReason.OPERATOR,
  difference: CacheOffReason.DIFFERENCE,
};

type Counts = Pick<CacheRow, 'entries' | 'bytes' | 'hits' | 'misses' | 'uncacheable'>;

const countsMessage = ({ entries, bytes, hits, misses, uncacheable }: Counts) => ({
  entries: BigInt(entries),
  bytes: BigInt(bytes),
  hits: BigInt(hits),
  misses: BigInt(misses),
  uncacheable: Object.fromEntries(
    Object.entries(uncacheable).map(([reason, count]) => [reason, BigInt(count)]),
  ),
});
