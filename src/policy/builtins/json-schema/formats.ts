import { parseIp } from '../cidr.ts';
import { parseTime, TimeParseError } from '../go-time-parse.ts';
import { UrlError } from '../go-url.ts';
import { type GoUrl, parseGoUrl } from '../go-url-parse.ts';
import { isMailAddress } from './mail-address.ts';
import { isPattern } from './pattern.ts';

type Format = (text: string) => boolean;

const CLOCK = '15:04:05';
const CLOCK_WITH_ZONE = '15:04:05Z07:00';
const DATE = '2006-01-02';
const RFC3339 = '2006-01-02T15:04:05Z07:00';

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const UUID = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i;

const isUri: Format = (text) => {
  const url = urlOf(text);
  return url !== undefined && url.scheme !== '';
};
const isUriReference: Format = (text) => urlOf(text) !== undefined;

/** The formats that OPA knows, with what it takes (internal/gojsonschema/format_checkers.go). */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['date', (text) => isTime(text, DATE)],
  ['time', (text) => isTime(text, CLOCK_WITH_ZONE, CLOCK)],
  // Parts of a moment are taken as well.
  ['date-time', (text) => isTime(text, CLOCK, CLOCK_WITH_ZONE, DATE, RFC3339)],
  ['hostname', (text) => text.length < 256 && HOST_NAME.test(text)],
  ['email', isMailAddress],
  ['idn-email', isMailAddress],
  ['ipv4', (text) => text.includes('.') && parseIp(text) !== undefined],
  ['ipv6', (text) => text.includes(':') && parseIp(text) !== undefined],
  ['uri', isUri],
  ['uri-reference', isUriReference],
  ['iri', isUri],
  ['iri-reference', isUriReference],
  ['uri-template', isUriTemplate],
  ['uuid', (text) => UUID.test(text)],
  ['regex', isPattern],
  ['json-pointer', isPointer],
  ['relative-json-pointer', isRelativePointer],
]);

function isTime(text: string, ...layouts: string[]): boolean {
  return layouts.some((layout) => {
    try {
      parseTime(layout, text);
      return true;
    } catch (error) {
      if (error instanceof TimeParseError) return false;
      throw error;
    }
  });
}

/** A backslash is refused anywhere. */
function urlOf(text: string): GoUrl | undefined {
  if (text.includes('\\')) return undefined;
  try {
    return parseGoUrl(text);
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** In the path each opening brace has its closing one. */
function isUriTemplate(text: string): boolean {
  const path = urlOf(text)?.path;
  if (path === undefined) return false;
  for (let open = path.indexOf('{'); open !== -1; ) {
    const close = path.indexOf('}', open);
    if (close === -1) return false;
    open = path.indexOf('{', close);
  }
  return true;
}

function isPointer(text: string): boolean {
  return (text === '' || text.startsWith('/')) && !/~(?![01])/.test(text);
}

function isRelativePointer(text: string): boolean {
  const levels = /^(?:0|[1-9][0-9]*)/.exec(text)?.[0];
  if (levels === undefined) return false;
  const rest = text.slice(levels.length);
  return rest === '#' || isPointer(rest);
}
