import { isIPv4, isIPv6 } from 'node:net';
import type { GoUrl } from '../go-url-parse.ts';
import type { WorkBudget } from '../work-budget.ts';
import type { Certificate } from './certificate.ts';
import {
  DnsConstraints,
  EmailConstraints,
  type MailboxKey,
  mailboxKey,
  type NameKey,
  NetworkConstraints,
  nameKey,
} from './constraint-sets.ts';
import { isDomainName, parseMailbox } from './mailbox.ts';
import type { Subtrees } from './name-constraints.ts';

const NAME_CONSTRAINTS = '2.5.29.30';
const SUBJECT_ALT_NAME = '2.5.29.17';

/** Constraints of one side, made ready for look-ups; undefined where it has none of a kind. */
interface Side {
  readonly ip: NetworkConstraints | undefined;
  readonly dns: DnsConstraints | undefined;
  readonly uris: DnsConstraints | undefined;
  readonly email: EmailConstraints | undefined;
}

interface Sides {
  readonly permitted: Side;
  readonly excluded: Side;
}

/** The names of one certificate that constraints are about. */
interface Names {
  readonly ip: readonly Buffer[];
  readonly dns: readonly NameKey[];
  /** Hosts. */
  readonly uris: readonly NameKey[];
  readonly email: readonly MailboxKey[];
  readonly count: number;
}

/**
 * Whether every certificate's names lie within the name constraints of those above it (RFC 5280 section 4.2.1.10), as
 * Go's checkChainConstraints finds. The chain begins with the leaf. Each name costs a unit for each certificate that
 * constrains it.
 */
export function isWithinConstraints(chain: readonly Certificate[], budget: WorkBudget): boolean {
  const constrained = chain.flatMap((certificate, i) =>
    hasExtension(certificate, NAME_CONSTRAINTS) ? [{ i, sides: sidesOf(certificate) }] : [],
  );
  return chain.every((certificate, i) => {
    const above = constrained.filter((one) => one.i > i);
    if (above.length === 0 || !hasExtension(certificate, SUBJECT_ALT_NAME)) return true;
    const names = knownNamesOf(certificate);
    if (names === undefined) return false;
    budget.spend(names.count * above.length);
    return above.every(({ sides }) => arePermitted(names, sides));
  });
}

function hasExtension({ extensions }: Certificate, id: string): boolean {
  return extensions.some((extension) => extension.id.join('.') === id);
}

/** Sorted constraints by certificate: one may stand in many chains. */
const prepared = new WeakMap<Certificate, Sides>();

function sidesOf(certificate: Certificate): Sides {
  const known = prepared.get(certificate);
  if (known !== undefined) return known;
  const { permitted, excluded } = certificate.fields;
  const sides = { permitted: sideOf(permitted, true), excluded: sideOf(excluded, false) };
  prepared.set(certificate, sides);
  return sides;
}

function sideOf({ ip, dns, uris, email }: Subtrees, permitted: boolean): Side {
  return {
    ip: ip.length === 0 ? undefined : new NetworkConstraints(ip),
    dns: dns.length === 0 ? undefined : new DnsConstraints(dns, permitted),
    uris: uris.length === 0 ? undefined : new DnsConstraints(uris, permitted),
    email: email.length === 0 ? undefined : new EmailConstraints(email, permitted),
  };
}

function arePermitted({ ip, dns, uris, email }: Names, { permitted, excluded }: Sides): boolean {
  return (
    ip.every((name) => permitted.ip?.has(name) !== false && excluded.ip?.has(name) !== true) &&
    dns.every((name) => permitted.dns?.has(name) !== false && excluded.dns?.has(name) !== true) &&
    uris.every((name) => permitted.uris?.has(name) !== false && excluded.uris?.has(name) !== true) &&
    email.every((name) => permitted.email?.has(name) !== false && excluded.email?.has(name) !== true)
  );
}

/** Names made ready by certificate: one may stand in many chains. */
const preparedNames = new WeakMap<Certificate, { readonly names: Names | undefined }>();

function knownNamesOf(certificate: Certificate): Names | undefined {
  const known = preparedNames.get(certificate);
  if (known !== undefined) return known.names;
  const names = namesOf(certificate);
  preparedNames.set(certificate, { names });
  return names;
}

/** Undefined where a name is of a form that no constraint could be held against. */
function namesOf({ fields }: Certificate): Names | undefined {
  const { ip, dns } = fields.names;
  const uris = fields.names.uris.map(hostOf);
  const email = fields.names.email.map(parseMailbox);
  if (!uris.every((host) => host !== undefined) || !email.every((box) => box !== undefined)) return undefined;
  const hosts = [...dns, ...uris, ...email.map(({ domain }) => domain)];
  if (!hosts.every((host) => isDomainName(host, { constraint: false }))) return undefined;
  const count = ip.length + hosts.length;
  return { ip, dns: dns.map(nameKey), uris: uris.map(nameKey), email: email.map(mailboxKey), count };
}

/** The host's name without the port; undefined for an address, or where there is neither host nor port. */
function hostOf(url: GoUrl): string | undefined {
  const whole = url.host.toString('latin1');
  if (whole === '') return undefined;
  const hasPort = whole.includes(':') && !whole.endsWith(']');
  const host = hasPort ? withoutPort(whole) : whole.toLowerCase();
  const isLiteral = host === undefined || (host.startsWith('[') && host.endsWith(']')) || isAddress(host);
  return isLiteral ? undefined : host;
}

/** Go's net.SplitHostPort, of a host that url.Parse has taken. */
function withoutPort(host: string): string | undefined {
  const colon = host.lastIndexOf(':');
  const name = host.slice(0, colon);
  if (name.startsWith('[')) return name.endsWith(']') ? name.slice(1, -1) : undefined;
  return /[:[\]]/.test(name) ? undefined : name;
}

/** With a zone, too. */
function isAddress(host: string): boolean {
  const zone = host.indexOf('%');
  return isIPv4(host) || (zone === -1 ? isIPv6(host) : isIPv6(host.slice(0, zone)) && zone + 1 < host.length);
}
