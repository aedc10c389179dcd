import { UrlError } from '../go-url.ts';
import { type GoUrl, parseGoUrl } from '../go-url-parse.ts';
import { contextTag, DerReader, TAG } from './der.ts';
import { isDomainName } from './mailbox.ts';
import { ia5Text } from './strings.ts';

/** The names of a subjectAltName extension (RFC 5280 section 4.2.1.6) that Go reads; others are passed over. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ip: readonly Buffer[];
  readonly uris: readonly GoUrl[];
}

export const NO_NAMES: AlternativeNames = { dns: [], email: [], ip: [], uris: [] };

const EMAIL = contextTag(1);
const DNS = contextTag(2);
const URI = contextTag(6);
const IP = contextTag(7);

/** Throws DerError. */
export function readAlternativeNames(value: Buffer): AlternativeNames {
  const names = { dns: [] as string[], email: [] as string[], ip: [] as Buffer[], uris: [] as GoUrl[] };
  const reader = new DerReader(value, 'subject alternative name').inside(TAG.sequence);
  while (!reader.isEmpty) {
    const { tag, content } = reader.any();
    if (tag === EMAIL) names.email.push(ascii(reader, content));
    else if (tag === DNS) names.dns.push(ascii(reader, content));
    else if (tag === URI) names.uris.push(uri(reader, ascii(reader, content)));
    else if (tag === IP) {
      if (content.length !== 4 && content.length !== 16) throw reader.fail();
      names.ip.push(content);
    }
  }
  return names;
}

function ascii(reader: DerReader, content: Buffer): string {
  const text = ia5Text(content);
  if (text === undefined) throw reader.fail();
  return text;
}

function uri(reader: DerReader, text: string): GoUrl {
  let url: GoUrl;
  try {
    url = parseGoUrl(text);
  } catch (error) {
    if (error instanceof UrlError) throw reader.fail(error);
    throw error;
  }
  if (!isDomainName(url.host.toString('latin1'), { constraint: false })) throw reader.fail();
  return url;
}
