/** A time as ASN.1 writes it, with its offset from UTC. */
export interface Asn1Time {
  /** Milliseconds since the epoch, whole seconds. */
  readonly wallMs: number;
  /** Decimal digits of the second, without zeros at the end. */
  readonly fraction: string;
  readonly offsetMinutes: number;
}

const UTC_TIME =
  /^(?<year>\d{2})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?(?<zone>Z|[+-]\d{4})$/;
const GENERALIZED_TIME =
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?:\.(?<fraction>\d{0,8}[1-9]))?(?<zone>Z|[+-]\d{4})$/;

/** UTCTime: years 50 to 99 are those of the 20th century (RFC 5280 section 4.1.2.5.1). Seconds may be missing. */
export function utcTime(text: string): Asn1Time | undefined {
  const fields = UTC_TIME.exec(text)?.groups;
  if (fields === undefined) return undefined;
  const year = Number(fields['year']);
  return timeOf(year >= 50 ? 1900 + year : 2000 + year, fields);
}

/** GeneralizedTime. In certificates no fraction of a second may stand. */
export function generalizedTime(
  text: string,
  options: { readonly fractions: boolean },
): Asn1Time | undefined {
  const fields = GENERALIZED_TIME.exec(text)?.groups;
  if (fields === undefined || (fields['fraction'] !== undefined && !options.fractions)) return undefined;
  return timeOf(Number(fields['year']), fields);
}

function timeOf(year: number, fields: Readonly<Record<string, string>>): Asn1Time | undefined {
  const { zone, fraction = '' } = fields;
  const [month, day, hour, minute] = ['month', 'day', 'hour', 'minute'].map((name) => Number(fields[name]));
  const second = Number(fields['second'] ?? 0);
  const offsetMinutes = offsetOf(zone!);
  if (offsetMinutes === undefined || hour! > 23 || minute! > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month! - 1, day);
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour!, minute, second);
  return { wallMs: date.getTime() - offsetMinutes * 60_000, fraction, offsetMinutes };
}

/** `Z` is the only way to write UTC. */
function offsetOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3));
  const offset = 60 * hours + minutes;
  if (hours > 24 || minutes > 59 || offset === 0) return undefined;
  return zone.startsWith('-') ? -offset : offset;
}

/** RFC 3339 as Go's Time.MarshalJSON writes it; undefined where it fails, for an offset of 24 hours. */
export function timeText({ wallMs, fraction, offsetMinutes }: Asn1Time): string | undefined {
  const size = Math.abs(offsetMinutes);
  if (size >= 24 * 60) return undefined;
  const local = new Date(wallMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const two = (value: number): string => String(value).padStart(2, '0');
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${local}${fraction === '' ? '' : `.${fraction}`}${offsetMinutes === 0 ? 'Z' : zone}`;
}
