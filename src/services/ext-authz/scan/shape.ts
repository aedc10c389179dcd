import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, StructSchema } from '@bufbuild/protobuf/wkt';
import { PortcullisError } from '../../../errors.ts';
import { fieldTag, LENGTH_DELIMITED } from '../../wire-reader.ts';
import { MAX_SLOTS } from './scan-memory.ts';

/*
 * A message's descriptor made ready for scanning: each field, at each place where its message can stand, has a slot of its own, so that
 * pieces of a message that comes in several are merged by being noted in the same slots.
 */

/** How a field is scanned; the lower four bits of an action. 0: no such field, or not in this wire type. */
export const TEXT = 1;
export const BYTES = 2;
export const NUMBER = 3;
export const MESSAGE = 4;
/** An entry of a map from text to text. */
export const ENTRY_OF_TEXTS = 5;
/** An entry of a map from text to Struct. */
export const ENTRY_OF_STRUCTS = 6;
/** A member of a oneof: its action is `ONEOFS`. */
export const ONEOF = 7;
/** What only the decoder reads. */
const DECODED = 8;

/** An action: kind, slot (7 bits), and of a message its table (5 bits). Of a member of a oneof: kind and number. */
export const SLOT_SHIFT = 4;
export const NEXT_SHIFT = 11;
const MAX_TABLES = 32;
/** Tags of the two fields of a map's entry. */
export const ENTRY_KEY: number = fieldTag(1, LENGTH_DELIMITED);
export const ENTRY_VALUE: number = fieldTag(2, LENGTH_DELIMITED);

/** Tags of one byte: field numbers up to 15. */
export const TAGS = 128;

export interface Shape {
  readonly root: MessageShape;
  /** By table and tag. */
  readonly actions: Uint16Array;
  /** By number of a member of a oneof: what to do, … */
  readonly oneofActions: Uint16Array;
  /** … and in which slot the oneof says which member came. */
  readonly oneofSlots: Uint8Array;
  /** How many objects and arrays can be inside each other. */
  readonly depth: number;
}

export type FieldShape = MessageShape | LeafShape;

export interface MessageShape {
  readonly kind: 'message';
  readonly slot: number;
  /** By name in the document. */
  readonly fields: ReadonlyMap<string, FieldShape>;
}

export interface LeafShape {
  /** `texts`: a map from text to text. `decoded`: of what only the decoder knows what stands in it. */
  readonly kind: 'text' | 'int32' | 'uint32' | 'int64' | 'bool' | 'texts' | 'decoded';
  readonly slot: number;
  /** Whether it is there also with the value that it has by default. */
  readonly hasPresence: boolean;
}

/** Throws `internal` for a message that is larger than the scan is made for. */
export function shapeOf(message: DescMessage): Shape {
  return new ShapeMaker().make(message);
}

class ShapeMaker {
  /** Slot 0 is nobody's: what is of no interest is noted there. */
  #slots = 1;
  #tables = 0;
  #depth = 0;
  readonly #actions = new Uint16Array(MAX_TABLES * TAGS);
  readonly #oneofActions: number[] = [];
  readonly #oneofSlots: number[] = [];

  make(message: DescMessage): Shape {
    const { fields } = this.#message(message, 0, 1);
    return {
      root: { kind: 'message', slot: 0, fields },
      actions: this.#actions,
      oneofActions: Uint16Array.from(this.#oneofActions),
      oneofSlots: Uint8Array.from(this.#oneofSlots),
      depth: this.#depth,
    };
  }

  #slot(): number {
    if (this.#slots === MAX_SLOTS) throw tooLarge('fields');
    return this.#slots++;
  }

  /** The table and the fields of a message that has `depth` objects and arrays around it, itself included. */
  #message(
    message: DescMessage,
    slot: number,
    depth: number,
  ): { table: number; fields: Map<string, FieldShape> } {
    const table = this.#tables++;
    if (table === MAX_TABLES) throw tooLarge('messages');
    this.#depth = Math.max(this.#depth, depth);
    const fields = new Map<string, FieldShape>();
    const groups = new Map<unknown, number>();
    for (const field of message.fields) {
      const [tag, action, shape] = this.#field(field, depth);
      if (tag >= TAGS) throw tooLarge('field numbers');
      fields.set(field.jsonName, shape);
      if (field.oneof === undefined) {
        this.#actions[table * TAGS + tag] = action;
        continue;
      }
      let group = groups.get(field.oneof);
      if (group === undefined) groups.set(field.oneof, (group = this.#slot()));
      this.#actions[table * TAGS + tag] = ONEOF | (this.#oneofActions.length << SLOT_SHIFT);
      this.#oneofActions.push(action);
      this.#oneofSlots.push(group);
    }
    return { table, fields };
  }

  #field(field: DescField, depth: number): [tag: number, action: number, shape: FieldShape] {
    const slot = this.#slot();
    const delimited = field.number * 8 + 2;
    const leaf = (kind: LeafShape['kind']): LeafShape => ({
      kind,
      slot,
      hasPresence: 'presence' in field && field.presence !== FeatureSet_FieldPresence.IMPLICIT,
    });
    const act = (kind: number): number => kind | (slot << SLOT_SHIFT);
    if (field.fieldKind === 'message' && field.message.typeName !== StructSchema.typeName) {
      const { table, fields } = this.#message(field.message, slot, depth + 1);
      return [delimited, act(MESSAGE) | (table << NEXT_SHIFT), { kind: 'message', slot, fields }];
    }
    if (field.fieldKind === 'list' && field.listKind === 'message') {
      // Its elements are checked, but not told apart.
      const { table } = this.#message(field.message, slot, depth + 2);
      return [delimited, act(MESSAGE) | (table << NEXT_SHIFT), leaf('decoded')];
    }
    if (field.fieldKind === 'map') {
      this.#depth = Math.max(this.#depth, depth + 1);
      if (field.mapKind === 'scalar') return [delimited, act(ENTRY_OF_TEXTS), leaf('texts')];
      const isStruct = field.mapKind === 'message' && field.message.typeName === StructSchema.typeName;
      return [delimited, act(isStruct ? ENTRY_OF_STRUCTS : DECODED), leaf('decoded')];
    }
    if (field.fieldKind === 'enum') return [field.number * 8, act(NUMBER), leaf('int32')];
    if (field.fieldKind === 'scalar') {
      if (field.scalar === ScalarType.STRING) return [delimited, act(TEXT), leaf('text')];
      if (field.scalar === ScalarType.BYTES) return [delimited, act(BYTES), leaf('decoded')];
      const kind = NUMBERS.get(field.scalar);
      if (kind !== undefined) return [field.number * 8, act(NUMBER), leaf(kind)];
    }
    return [delimited, act(DECODED), leaf('decoded')];
  }
}

const NUMBERS: ReadonlyMap<ScalarType, LeafShape['kind']> = new Map([
  [ScalarType.BOOL, 'bool'],
  [ScalarType.INT32, 'int32'],
  [ScalarType.UINT32, 'uint32'],
  [ScalarType.INT64, 'int64'],
]);

function tooLarge(what: string): PortcullisError {
  return new PortcullisError('internal', `The scan of CheckRequests is made for fewer ${what}`);
}
