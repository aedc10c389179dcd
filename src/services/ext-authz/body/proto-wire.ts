import { isUtf8 } from 'node:buffer';
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { PortcullisError } from '../../../errors.ts';
import { FIXED32, FIXED64, LENGTH_DELIMITED, malformed, VARINT, WireReader } from '../../wire-reader.ts';

/**
 * Checks that an encoded message is what every decoder reads alike: each known field has the wire type of its
 * declaration, text is UTF-8, nothing runs over an end, no groups. The runtime's decoder checks none of this, and so
 * could be led to see other fields than the service behind. `google.protobuf.Any` is not looked into.
 * Takes the messages from the budget. Throws `invalid_request`, `over_limit`.
 */
export function checkWire(
  message: DescMessage,
  bytes: Uint8Array,
  maxDepth: number,
  budget: MessageBudget,
): void {
  checkMessage({ reader: new WireReader(bytes), budget }, message, maxDepth);
}

/** How many messages one body may still hold: two bytes are a message that takes thousands of times as long to write. */
export class MessageBudget {
  static readonly MAX_MESSAGES = 50_000;
  #left: number = MessageBudget.MAX_MESSAGES;

  take(): void {
    if (--this.#left >= 0) return;
    throw new PortcullisError(
      'over_limit',
      `The gRPC body holds more than ${MessageBudget.MAX_MESSAGES} messages`,
    );
  }
}

/** The reader of a message, and the budget that its messages are taken from. */
interface Checking {
  readonly reader: WireReader;
  readonly budget: MessageBudget;
}

function checkMessage(checking: Checking, message: DescMessage, depthLeft: number): void {
  const { reader, budget } = checking;
  budget.take();
  if (depthLeft <= 0) throw malformed('messages nest too deeply');
  const fields = fieldsByNumber(message);
  let isEmpty = true;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const field = fields.get(tag >>> 3);
    if (field === undefined) {
      reader.skip(tag);
    } else {
      checkField(checking, field, tag, depthLeft);
      isEmpty = false;
    }
  }
  if (isEmpty) checkMayBeEmpty(message);
}

/** The runtime's decoder takes an empty Value inside of a Struct for null. */
function checkMayBeEmpty({ typeName }: DescMessage): void {
  if (typeName === 'google.protobuf.Value') throw malformed('a google.protobuf.Value is empty');
}

function checkField(checking: Checking, field: DescField, tag: number, depthLeft: number): void {
  const { reader } = checking;
  if (field.fieldKind === 'map') {
    expect(field, tag, LENGTH_DELIMITED);
    return inside(reader, () => checkEntry(checking, field, depthLeft));
  }
  if (field.message !== undefined) {
    const nested = field.message;
    expect(field, tag, LENGTH_DELIMITED);
    return inside(reader, () => checkMessage(checking, nested, depthLeft - 1));
  }
  const scalar = field.scalar ?? ScalarType.INT32;
  const wireType = wireTypeOf(scalar);
  if (field.fieldKind === 'list' && wireType !== LENGTH_DELIMITED && tag % 8 === LENGTH_DELIMITED) {
    return checkPacked(field, reader.bytes(), wireType);
  }
  expect(field, tag, wireType);
  checkScalar(reader, field, tag, scalar);
}

function checkEntry(checking: Checking, field: DescField & { fieldKind: 'map' }, depthLeft: number): void {
  const { reader } = checking;
  let hasValue = false;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag >>> 3) {
      case 1:
        expect(field, tag, wireTypeOf(field.mapKey));
        checkScalar(reader, field, tag, field.mapKey);
        break;
      case 2:
        checkEntryValue(checking, field, tag, depthLeft);
        hasValue = true;
        break;
      default:
        reader.skip(tag);
    }
  }
  if (!hasValue && field.mapKind === 'message') checkMayBeEmpty(field.message);
}

function checkEntryValue(
  checking: Checking,
  field: DescField & { fieldKind: 'map' },
  tag: number,
  depthLeft: number,
): void {
  const { reader } = checking;
  if (field.mapKind === 'message') {
    expect(field, tag, LENGTH_DELIMITED);
    inside(reader, () => checkMessage(checking, field.message, depthLeft - 1));
  } else {
    const scalar = field.mapKind === 'enum' ? ScalarType.INT32 : field.scalar;
    expect(field, tag, wireTypeOf(scalar));
    checkScalar(reader, field, tag, scalar);
  }
}

function checkScalar(reader: WireReader, field: DescField, tag: number, scalar: ScalarType): void {
  if (scalar !== ScalarType.STRING) reader.skip(tag);
  else if (!isUtf8(reader.bytes())) throw malformed(`${field.name} is not UTF-8`);
}

/** A packed list, which any list of numbers may be. */
function checkPacked(field: DescField, bytes: Uint8Array, wireType: number): void {
  const isSound =
    wireType === VARINT ? areVarints(bytes) : bytes.byteLength % (wireType === FIXED64 ? 8 : 4) === 0;
  if (!isSound) throw malformed(`${field.name} is not a list of numbers`);
}

/** Whether these are whole varints of 64 bits at most. */
function areVarints(bytes: Uint8Array): boolean {
  let length = 0;
  for (const byte of bytes) {
    if (++length === 10 && byte > 1) return false;
    if (byte < 0x80) length = 0;
  }
  return length === 0;
}

function inside(reader: WireReader, check: () => void): void {
  const outer = reader.enter();
  check();
  reader.leave(outer);
}

function expect(field: DescField, tag: number, wireType: number): void {
  const found = tag % 8;
  if (found !== wireType) throw malformed(`${field.name} has wire type ${found} instead of ${wireType}`);
}

const WIRE_TYPES: ReadonlyMap<ScalarType, number> = new Map([
  [ScalarType.DOUBLE, FIXED64],
  [ScalarType.FIXED64, FIXED64],
  [ScalarType.SFIXED64, FIXED64],
  [ScalarType.FLOAT, FIXED32],
  [ScalarType.FIXED32, FIXED32],
  [ScalarType.SFIXED32, FIXED32],
  [ScalarType.STRING, LENGTH_DELIMITED],
  [ScalarType.BYTES, LENGTH_DELIMITED],
]);

function wireTypeOf(scalar: ScalarType): number {
  return WIRE_TYPES.get(scalar) ?? VARINT;
}

const fieldMaps = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsByNumber(message: DescMessage): ReadonlyMap<number, DescField> {
  let fields = fieldMaps.get(message);
  if (fields === undefined) {
    fields = new Map(message.fields.map((field) => [field.number, field]));
    fieldMaps.set(message, fields);
  }
  return fields;
}
