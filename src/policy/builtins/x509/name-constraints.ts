import { parseIp } from '../cidr.ts';
import { constructedTag, contextTag, DerReader, TAG } from './der.ts';
import { isDomainName, parseMailbox } from './mailbox.ts';
import { ia5Text } from './strings.ts';

/** A network as a name constraint writes it: 4 bytes each, or 16. The address need not be masked. */
export interface ConstraintNetwork {
  readonly ip: Buffer;
  readonly mask: Buffer;
}

/** The subtrees of one side of the nameConstraints extension (RFC 5280 section 4.2.1.10). */
export interface Subtrees {
  readonly dns: readonly string[];
  readonly ip: readonly ConstraintNetwork[];
  readonly email: readonly string[];
  readonly uris: readonly string[];
}

export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
  /** Whether there are names of kinds that Go does not check. */
  readonly unhandled: boolean;
}

export const NO_SUBTREES: Subtrees = { dns: [], ip: [], email: [], uris: [] };

/** Throws DerError. */
export function readNameConstraints(value: Buffer): NameConstraints {
  const outer = new DerReader(value, 'name constraints');
  const reader = outer.inside(TAG.sequence);
  const nothing = new DerReader(Buffer.alloc(0), 'name constraints');
  const permitted = reader.optional(constructedTag(0)) ?? nothing;
  const excluded = reader.optional(constructedTag(1)) ?? nothing;
  const isNothing = permitted.isEmpty && excluded.isEmpty;
  if (!outer.isEmpty || !reader.isEmpty || isNothing) throw outer.fail();
  const [allowed, unhandledAllowed] = readSubtrees(permitted);
  const [forbidden, unhandledForbidden] = readSubtrees(excluded);
  return {
    permitted: allowed,
    excluded: forbidden,
    unhandled: unhandledAllowed || unhandledForbidden,
  };
}

function readSubtrees(reader: DerReader): [subtrees: Subtrees, unhandled: boolean] {
  const trees = {
    dns: [] as string[],
    ip: [] as ConstraintNetwork[],
    email: [] as string[],
    uris: [] as string[],
  };
  let unhandled = false;
  while (!reader.isEmpty) {
    const { tag, content } = reader.inside(TAG.sequence).any();
    if (tag === contextTag(2)) trees.dns.push(checked(reader, content, isDomain));
    else if (tag === contextTag(1)) trees.email.push(checked(reader, content, isMailboxOrDomain));
    else if (tag === contextTag(6)) trees.uris.push(checked(reader, content, isUriDomain));
    else if (tag === contextTag(7)) trees.ip.push(network(reader, content));
    else unhandled = true;
  }
  return [trees, unhandled];
}

function checked(reader: DerReader, content: Buffer, isValid: (text: string) => boolean): string {
  const text = ia5Text(content);
  if (text === undefined || !isValid(text)) throw reader.fail();
  return text;
}

function isDomain(text: string): boolean {
  return isDomainName(text, { constraint: true });
}

function isMailboxOrDomain(text: string): boolean {
  return text.includes('@') ? parseMailbox(text) !== undefined : isDomain(text);
}

function isUriDomain(text: string): boolean {
  return parseIp(text) === undefined && isDomain(text);
}

function network(reader: DerReader, content: Buffer): ConstraintNetwork {
  const size = content.length / 2;
  const mask = content.subarray(size);
  const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('');
  if ((size !== 4 && size !== 16) || !/^1*0*$/.test(bits)) throw reader.fail();
  return { ip: content.subarray(0, size), mask };
}
