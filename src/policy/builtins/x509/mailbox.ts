/** An e-mail address in its two parts. */
export interface Mailbox {
  /** Without quotes and backslashes. */
  readonly local: string;
  readonly domain: string;
}

const QUOTED =
  // oxlint-disable-next-line no-control-regex
  /^"(?<local>(?:[\x01-\x08\x0b\x0c\x0e-!#-[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*)"@(?<domain>.*)$/su;
const ATOMS = /^(?<local>(?:[0-9a-zA-Z!#$%&'*+\-/=?^_`{|}~.]|\\.)+)@(?<domain>.*)$/su;

/** A mailbox (RFC 2821 section 4.1.2) as Go's crypto/x509 reads it; undefined where the text is none. */
export function parseMailbox(text: string): Mailbox | undefined {
  const quoted = text.startsWith('"');
  const { local: written, domain } = (quoted ? QUOTED : ATOMS).exec(text)?.groups ?? {};
  if (written === undefined || domain === undefined) return undefined;
  const local = written.replace(/\\(.)/gsu, '$1');
  if (!quoted && (local.startsWith('.') || local.endsWith('.') || local.includes('..'))) return undefined;
  return isDomain(domain) ? { local, domain } : undefined;
}

/** Labels of visible ASCII, none of them empty; the empty text has none. */
function isDomain(text: string): boolean {
  return text === '' || text.split('.').every((label) => /^[!-~]+$/.test(label));
}

/** As Go's domainNameValid: a constraint may begin with a dot. */
export function isDomainName(text: string, options: { readonly constraint: boolean }): boolean {
  if (text === '') return true;
  const name = options.constraint && text.startsWith('.') ? text.slice(1) : text;
  return name.split('.').every((label) => /^[!-~]+$/.test(label));
}
