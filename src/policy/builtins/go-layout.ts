/** Layouts of Go's time package: a text in which the parts of Mon Jan 2 15:04:05 2006 MST (-0700) stand for fields. */

/** An offset from UTC in one of its forms; `Z…` writes Z at UTC. */
export type OffsetField =
  | 'Z0700'
  | 'Z070000'
  | 'Z07'
  | 'Z07:00'
  | 'Z07:00:00'
  | '-0700'
  | '-070000'
  | '-07'
  | '-07:00'
  | '-07:00:00';

type DateField =
  | '2006'
  | '06'
  | 'January'
  | 'Jan'
  | '1'
  | '01'
  | 'Monday'
  | 'Mon'
  | '2'
  | '_2'
  | '02'
  | '__2'
  | '002';

type ClockField = '15' | '3' | '03' | '4' | '04' | '5' | '05' | 'PM' | 'pm';

/** A field other than an offset. */
export type PlainField = DateField | ClockField | 'MST';

/** A field of a layout, the text before it, or a fraction of a second: `.000` keeps its zeros, `.999` drops them. */
export type LayoutPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: PlainField }
  | { readonly kind: 'offset'; readonly field: OffsetField }
  | {
      readonly kind: 'fraction';
      readonly separator: '.' | ',';
      readonly digits: number;
      readonly trim: boolean;
    };

/** The layouts that OPA knows by name. */
export const NAMED_LAYOUTS: ReadonlyMap<string, string> = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
]);

/**
 * One field at a place of the layout. The order is that in which Go tries them: `2006` before `2`, `Z070000` before
 * `Z0700`. `Jan` and `Mon` are fields only when no lower-case letter follows; `_2006` is an underscore and a year; a
 * fraction is one only when no other digit follows it.
 */
const FIELD =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|_2006|2|_2|__2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\d)/g;

/** Layouts may come from the input: few are kept, and no long ones. */
const MAX_CACHED = 256;
const MAX_CACHED_LENGTH = 256;
const cache = new Map<string, readonly LayoutPart[]>();

/** Takes a layout apart; the same parts serve for writing and reading. */
export function layoutParts(layout: string): readonly LayoutPart[] {
  const known = cache.get(layout);
  if (known !== undefined) return known;
  const parts = parse(layout);
  if (layout.length > MAX_CACHED_LENGTH) return parts;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(layout, parts);
  return parts;
}

function parse(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let from = 0;
  for (const match of layout.matchAll(FIELD)) {
    const underscore = match[0] === '_2006' ? 1 : 0;
    const text = layout.slice(from, match.index + underscore);
    if (text !== '') parts.push({ kind: 'text', text });
    parts.push(part(match[0].slice(underscore)));
    from = match.index + match[0].length;
  }
  if (from < layout.length) parts.push({ kind: 'text', text: layout.slice(from) });
  return parts;
}

function part(text: string): LayoutPart {
  const separator = text[0];
  if (separator === '.' || separator === ',') {
    return { kind: 'fraction', separator, digits: text.length - 1, trim: text[1] === '9' };
  }
  if (/^[-Z]/.test(text)) return { kind: 'offset', field: text as OffsetField };
  return { kind: 'field', field: text as PlainField };
}
