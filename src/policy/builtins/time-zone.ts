import { BuiltinError } from './builtin.ts';
import { type TimeZone, UTC, type ZoneOffset } from './go-time.ts';
import { plainAbbreviation } from './time-zone-abbreviation.ts';
import { TIME_ZONE_NAMES } from './time-zone-names.ts';

/**
 * Time zones by their IANA name. Offsets come from the runtime's own tzdata (Intl), so that an updated runtime knows
 * new rules; names and abbreviations come from a table, since Intl takes names that OPA refuses (`+05:00`, any case)
 * and has no abbreviation for most zones. Before 1970 Intl and OPA can differ in some zones.
 */

/** Formatters are large, and a policy may take the zone from its input. */
const MAX_CACHED = 128;
const cache = new Map<string, TimeZone>();

/** The zone; `UTC`, `Local` and the empty name are UTC. Throws BuiltinError for a name that OPA does not know. */
export function timeZone(name: string): TimeZone {
  // OPA takes Local from the machine it runs on; answers here do not depend on the machine.
  if (name === '' || name === 'UTC' || name === 'Local') return UTC;
  const known = cache.get(name);
  if (known !== undefined) return known;
  const abbreviations = zoneTable().get(name);
  if (abbreviations === undefined) throw new BuiltinError(`unknown time zone ${name}`);
  const zone = new IntlTimeZone(name, abbreviations);
  if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!);
  cache.set(name, zone);
  return zone;
}

/** From `since` on, times at this offset have this name. */
interface Abbreviation {
  readonly offsetSeconds: number;
  readonly since: number;
  readonly name: string;
}

/** Outside this span no result is valid, and `Date` ends not much later. */
const MAX_SECONDS = 1e11;

class IntlTimeZone implements TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #abbreviations: readonly Abbreviation[];
  #last: (ZoneOffset & { readonly at: number }) | undefined;

  constructor(name: string, abbreviations: readonly Abbreviation[]) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    this.#abbreviations = abbreviations;
  }

  at(seconds: number): ZoneOffset {
    if (this.#last?.at === seconds) return this.#last;
    const clamped = Math.min(Math.max(seconds, -MAX_SECONDS), MAX_SECONDS);
    const offsetSeconds = this.#offset(clamped);
    const named = this.#abbreviations.findLast(
      (entry) => entry.offsetSeconds === offsetSeconds && entry.since <= clamped,
    );
    const abbreviation = named?.name ?? plainAbbreviation(offsetSeconds);
    this.#last = { at: seconds, offsetSeconds, abbreviation };
    return this.#last;
  }

  /** Local time as Intl writes it, read as UTC, is the offset ahead. */
  #offset(seconds: number): number {
    const digits = this.#format.format(seconds * 1000).match(/\d+/g) ?? [];
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
    const local = new Date(0);
    local.setUTCFullYear(year, month - 1, day);
    local.setUTCHours(hour, minute, second);
    return local.getTime() / 1000 - seconds;
  }
}

let table: Map<string, readonly Abbreviation[]> | undefined;

/** The generated table, read on first use. */
function zoneTable(): ReadonlyMap<string, readonly Abbreviation[]> {
  table ??= new Map(
    TIME_ZONE_NAMES.trim()
      .replaceAll('\n ', ' ')
      .split('\n')
      .flatMap((line) => {
        const [names, zones] = line.split(' = ') as [string, string];
        const abbreviations = names === '-' ? [] : names.split(' ').map(readAbbreviation);
        return zones.split(' ').map((zone): [string, Abbreviation[]] => [zone, abbreviations]);
      }),
  );
  return table;
}

function readAbbreviation(text: string): Abbreviation {
  const [, name, offset, since] = /^(.+?):(-?\d+)(?:@(-?\d+))?$/.exec(text) as unknown as [
    string,
    string,
    string,
    string | undefined,
  ];
  return { name, offsetSeconds: Number(offset), since: since === undefined ? -Infinity : Number(since) };
}
