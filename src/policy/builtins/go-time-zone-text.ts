import type { OffsetField } from './go-layout.ts';
import type { TimeFields } from './go-time-fields.ts';

/** A numeric offset; undefined when the text has none in this form. */
export function readOffset(field: OffsetField, text: string, fields: TimeFields): string | undefined {
  if (field.startsWith('Z') && text.startsWith('Z')) {
    fields.utc = true;
    return text.slice(1);
  }
  const colon = field.includes(':') ? ':' : '';
  const count = field.replace(/\D/g, '').length / 2;
  const pattern = new RegExp(`^([+-])([0-9]{2})${`${colon}([0-9]{2})`.repeat(count - 1)}`);
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, sign, hours, minutes = '0', seconds = '0'] = match;
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  // One second west is Go's mark for "no offset", so that offset is lost there; keep to what OPA answers.
  fields.offsetSeconds = sign === '-' && offset === 1 ? undefined : sign === '-' ? -offset : offset;
  return text.slice(all.length);
}

/** Three to five capital letters by Go's rules, `GMT+3`, or a signed hour. */
export function readZoneName(text: string, fields: TimeFields): string | undefined {
  if (text.startsWith('UTC')) {
    fields.utc = true;
    return text.slice(3);
  }
  const name = zoneName(text);
  return name === undefined ? undefined : text.slice(name.length);
}

function zoneName(text: string): string | undefined {
  if (text.length < 3) return undefined;
  if (text.startsWith('ChST') || text.startsWith('MeST')) return text.slice(0, 4);
  if (text.startsWith('GMT')) return `GMT${signedHours(text.slice(3)) ?? ''}`;
  if (text[0] === '+' || text[0] === '-') return signedHours(text);
  const capitals = /^[A-Z]*/.exec(text)![0];
  if (capitals.length === 3) return capitals;
  if (capitals.length === 4 && (capitals[3] === 'T' || capitals === 'WITA')) return capitals;
  return capitals.length === 5 && capitals[4] === 'T' ? capitals : undefined;
}

function signedHours(text: string): string | undefined {
  const match = /^[+-]([0-9]+)/.exec(text);
  return match !== null && Number(match[1]) <= 23 ? match[0] : undefined;
}
