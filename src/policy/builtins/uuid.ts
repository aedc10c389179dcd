import type { RegoObject, RegoValue } from '../value.ts';
import type { Builtin } from './builtin.ts';
import { bigintToNumber } from './numbers.ts';
import { stringOperand } from './operands.ts';

const HYPHENATED = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** The forms that github.com/google/uuid reads: plain, `urn:uuid:`, between any two ASCII characters, and hex alone. */
const FORMS = [
  `^${HYPHENATED}$`,
  `^urn:uuid:${HYPHENATED}$`,
  `^[\\0-\\x7f]${HYPHENATED}[\\0-\\x7f]$`,
  '^[0-9a-f]{32}$',
].map((form) => new RegExp(form, 'i'));

/** From 15 October 1582 to 1970, in units of 100 ns. */
const GREGORIAN_OFFSET = 122_192_928_000_000_000n;

const DOMAINS = ['Person', 'Group', 'Org'];

/** The fields that OPA's `uuid.parse` shows; undefined where the text is no UUID. */
function parseUuid(value: RegoValue): RegoObject | undefined {
  const text = stringOperand(value, 1);
  if (!FORMS.some((form) => form.test(text))) return undefined;
  const hyphenated = new RegExp(HYPHENATED, 'i').exec(text)?.[0] ?? text;
  const bytes = Buffer.from(hyphenated.replaceAll('-', ''), 'hex');
  const version = bytes[6]! >> 4;
  const fields: RegoObject = new Map<RegoValue, RegoValue>([
    ['version', version],
    ['variant', variantOf(bytes[8]!)],
  ]);
  if (version === 1 || version === 2) addTimeFields(fields, bytes);
  if (version === 2) {
    fields.set('id', bytes.readUInt32BE(0));
    fields.set('domain', DOMAINS[bytes[9]!] ?? `Domain${bytes[9]}`);
  }
  return fields;
}

function addTimeFields(fields: RegoObject, bytes: Buffer): void {
  const time =
    BigInt(bytes.readUInt32BE(0)) |
    (BigInt(bytes.readUInt16BE(4)) << 32n) |
    (BigInt(bytes.readUInt16BE(6) & 0x0fff) << 48n);
  const node = bytes.subarray(10);
  fields.set('time', bigintToNumber(BigInt.asIntN(64, (time - GREGORIAN_OFFSET) * 100n)));
  fields.set('nodeid', Array.from(node, (byte) => byte.toString(16).padStart(2, '0')).join('-'));
  fields.set(
    'macvariables',
    `${(node[0]! & 2) === 0 ? 'global' : 'local'}:${(node[0]! & 1) === 0 ? 'unicast' : 'multicast'}`,
  );
  fields.set('clocksequence', bytes.readUInt16BE(8) & 0x3fff);
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

export const uuidBuiltins: readonly Builtin[] = [
  { name: 'uuid.parse', effects: [], call: (_context, text) => parseUuid(text) },
];
