/** Ways to choose what a full cache gives up, over equally large entries: what `cache-floods.ts` compares. */
import { LRUCache } from 'lru-cache';
import { DecisionCache } from '../src/decision/cache.ts';
import { interpret } from '../src/decision/outcome.ts';
import type { CacheFigures } from '../src/decision/planes.ts';

/** A cache of keys: whether a key was there, after which it is. `tenant` asks; not all policies care. */
export interface KeyCache {
  ask(key: number, tenant: number): boolean;
}

export type Policy = (capacity: number) => KeyCache;

/** A key and how often it was asked again. */
interface Counted {
  hits: number;
}

type Keys = LRUCache<number, number>;
const keys = (max: number): Keys => new LRUCache({ max });

/** Gives up what was not asked for longest. */
export const lru: Policy = (capacity) => {
  const all = keys(capacity);
  return {
    ask(key) {
      const found = all.get(key) !== undefined;
      if (!found) all.set(key, 1);
      return found;
    },
  };
};

/** Two segments in one room: a key is protected from its `promoteAt`th hit on, up to a share of the room. */
export const segmented =
  (protectedShare: number, promoteAt: number): Policy =>
  (capacity) => {
    const main = segments(capacity, protectedShare, promoteAt);
    return {
      ask(key) {
        if (main.use(key)) return true;
        if (main.full()) main.evict();
        main.put(key);
        return false;
      },
    };
  };

function segments(capacity: number, protectedShare: number, promoteAt: number) {
  const probation = keys(capacity + 1);
  const guarded = keys(capacity + 1);
  const limit = Math.floor(capacity * protectedShare);
  return {
    use(key: number): boolean {
      if (guarded.get(key) !== undefined) return true;
      const hits = probation.get(key);
      if (hits === undefined) return false;
      if (hits < promoteAt) {
        probation.set(key, hits + 1);
        return true;
      }
      probation.delete(key);
      guarded.set(key, 1);
      if (guarded.size > limit) {
        const [demoted] = guarded.rkeys();
        guarded.delete(demoted!);
        probation.set(demoted!, promoteAt);
      }
      return true;
    },
    full: () => probation.size + guarded.size >= capacity,
    put: (key: number): unknown => probation.set(key, 1),
    victim: (): number | undefined => {
      const [key] = probation.rkeys();
      return key;
    },
    evict: (): unknown => probation.pop() ?? guarded.pop(),
  };
}

/** A full cache takes a key only when it was asked lately and turned away: another policy behind a door. */
export const doorkeeper =
  (inner: Policy): Policy =>
  (capacity) => {
    const behind = inner(capacity);
    const kept = keys(capacity);
    let seen = new Set<number>();
    let seenBefore = new Set<number>();
    let stored = 0;
    return {
      ask(key, tenant) {
        if (kept.get(key) !== undefined) return behind.ask(key, tenant);
        if (stored >= capacity && !seen.has(key) && !seenBefore.has(key)) {
          seen.add(key);
          if (seen.size >= capacity) [seen, seenBefore] = [new Set(), seen];
          return false;
        }
        stored++;
        kept.set(key, 1);
        return behind.ask(key, tenant);
      },
    };
  };

/**
 * W-TinyLFU: a small window in front of two segments; what leaves the window gets in only when it was asked more often
 * than what would have to go, by counts that are halved now and then. Einziger, Friedman, Manes, ACM ToS 13(4), 2017.
 */
export const tinyLfu: Policy = (capacity) => {
  const windowSize = Math.max(1, Math.floor(capacity / 100));
  const window = keys(windowSize + 1);
  const main = segments(capacity - windowSize, 0.8, 1);
  const counts = sketch(capacity);
  return {
    ask(key) {
      counts.add(key);
      if (window.get(key) !== undefined || main.use(key)) return true;
      window.set(key, 1);
      if (window.size <= windowSize) return false;
      const [candidate] = window.rkeys();
      window.delete(candidate!);
      if (!main.full()) main.put(candidate!);
      else if (counts.of(candidate!) > counts.of(main.victim() ?? candidate!)) {
        main.evict();
        main.put(candidate!);
      }
      return false;
    },
  };
};

/** S3-FIFO: a small queue, a main queue and the keys that left the small one. Yang et al., SOSP 2023. */
export const s3fifo: Policy = (capacity) => {
  const small = new LRUCache<number, Counted>({ max: capacity + 1 });
  const main = new LRUCache<number, Counted>({ max: capacity + 1 });
  const ghost = keys(Math.floor(capacity * 0.9));
  const smallSize = Math.floor(capacity * 0.1);
  const evict = (): void => {
    if (small.size >= smallSize) {
      for (;;) {
        const [key] = small.rkeys();
        if (key === undefined) break;
        const { hits } = small.peek(key)!;
        small.delete(key);
        if (hits <= 1) {
          ghost.set(key, 1);
          return;
        }
        main.set(key, { hits: 0 });
        if (main.size > capacity - smallSize) break;
      }
    }
    for (;;) {
      const [key] = main.rkeys();
      if (key === undefined) return;
      const { hits } = main.peek(key)!;
      main.delete(key);
      if (hits === 0) return;
      main.set(key, { hits: hits - 1 });
    }
  };
  return {
    ask(key) {
      const entry = small.peek(key) ?? main.peek(key);
      if (entry !== undefined) {
        entry.hits = Math.min(3, entry.hits + 1);
        return true;
      }
      if (small.size + main.size >= capacity) evict();
      if (ghost.delete(key)) main.set(key, { hits: 0 });
      else small.set(key, { hits: 0 });
      return false;
    },
  };
};

/** A count-min sketch of four rows, counts up to 15, halved every ten times the capacity. */
function sketch(capacity: number) {
  const width = 2 ** Math.ceil(Math.log2(capacity * 2));
  const rows = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f].map((seed) => ({
    seed,
    counts: new Uint8Array(width),
  }));
  let added = 0;
  const slot = (key: number, seed: number): number => {
    const mixed = Math.imul(key ^ (key >>> 15), seed);
    return (mixed ^ (mixed >>> 13)) & (width - 1);
  };
  return {
    add(key: number): void {
      for (const { seed, counts } of rows) {
        const at = slot(key, seed);
        if (counts[at]! < 15) counts[at]!++;
      }
      if (++added < capacity * 10) return;
      added >>= 1;
      for (const { counts } of rows) for (let at = 0; at < width; at++) counts[at]! >>= 1;
    },
    of: (key: number): number => Math.min(...rows.map(({ seed, counts }) => counts[slot(key, seed)]!)),
  };
}

/** The decision cache itself, and what it counts; tenants are policy sets. */
export const decisionCache = (capacity: number): KeyCache & { readonly figures: () => CacheFigures } => {
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 1 << 30,
    maxEntries: capacity,
    maxAgeMs: 60_000,
  });
  const tenants = ['one', 'two'].map((name) => cache.entrypoint(name, 'allow').answers('v1'));
  const outcome = interpret('true');
  const span = { fromMs: 0, untilMs: 60_000 };
  return {
    ask(key, tenant) {
      const answers = tenants[tenant]!;
      const text = String(key);
      if (answers.get(text, 0) !== undefined) return true;
      answers.set(text, outcome, span);
      return false;
    },
    figures: () => cache.figures(),
  };
};
