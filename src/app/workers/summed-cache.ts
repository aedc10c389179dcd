import type { CacheFigures, CacheRow } from '../../decision/planes.ts';

type Numbers = Readonly<Record<string, number>>;

/** The figures of several caches as those of one. */
export function summedFigures(all: readonly CacheFigures[]): CacheFigures {
  const sum = (of: (figures: CacheFigures) => number): number =>
    all.reduce((total, figures) => total + of(figures), 0);
  return {
    enabled: all.every(({ enabled }) => enabled),
    entries: sum(({ entries }) => entries),
    bytes: sum(({ bytes }) => bytes),
    maxEntries: sum(({ maxEntries }) => maxEntries),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    evictions: sum(({ evictions }) => evictions),
    uncacheable: added(all.map(({ uncacheable }) => uncacheable)),
    rows: summedRows(all.map(({ rows }) => rows)),
  };
}

/** The same of their rows, by policy set and entrypoint. What is off anywhere is off. */
export function summedRows(all: readonly (readonly CacheRow[])[]): readonly CacheRow[] {
  const groups = Map.groupBy(all.flat(), ({ policySet, entrypoint }) =>
    JSON.stringify([policySet, entrypoint]),
  );
  return Array.from(groups.values(), (rows) => {
    const sum = (of: (row: CacheRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    const { policySet, entrypoint } = rows[0]!;
    return {
      policySet,
      entrypoint,
      entries: sum(({ entries }) => entries),
      bytes: sum(({ bytes }) => bytes),
      hits: sum(({ hits }) => hits),
      misses: sum(({ misses }) => misses),
      uncacheable: added(rows.map(({ uncacheable }) => uncacheable)),
      evicted: added(rows.map(({ evicted }) => evicted as CacheRow['evicted'] & Numbers)),
      offReason: rows.find(({ offReason }) => offReason !== undefined)?.offReason,
      shadow: added(rows.map(({ shadow }) => shadow as CacheRow['shadow'] & Numbers)),
    };
  });
}

function added<T extends Numbers>(all: readonly T[]): T {
  const total: Record<string, number> = {};
  for (const numbers of all) {
    for (const [name, value] of Object.entries(numbers)) total[name] = (total[name] ?? 0) + value;
  }
  return total as T;
}
