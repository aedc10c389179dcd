import type { CacheControl, CacheScope } from '../decision/planes.ts';

/** Where it is written. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The cache for operators, with what they change written to the log: a cache that is off costs, and somebody will ask since when. */
export function loggedCache(cache: CacheControl, logger: Log): CacheControl {
  return {
    figures: () => cache.figures(),
    flush: async (scope = {}) => {
      const entries = await cache.flush(scope);
      logger.info({ ...namesOf(scope), entries }, 'cached answers forgotten');
      return entries;
    },
    turn: async (scope, on) => {
      const rows = await cache.turn(scope, on);
      if (on) logger.info(namesOf(scope), 'the cache was turned on');
      else logger.warn(namesOf(scope), 'the cache was turned off');
      return rows;
    },
  };
}

/** Only those that are named. */
const namesOf = ({ policySet = '', entrypoint = '' }: CacheScope): Record<string, string> => ({
  ...(policySet !== '' && { policy_set: policySet }),
  ...(entrypoint !== '' && { entrypoint }),
});
