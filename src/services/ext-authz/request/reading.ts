import type { DescField } from '@bufbuild/protobuf';
import { PortcullisError } from '../../../errors.ts';
import type { JsonObject } from '../../../json/value.ts';
import type { WireReader } from '../../wire-reader.ts';

/** How one message is read. */
export interface ReadOptions {
  /** Objects and arrays inside each other. */
  readonly maxDepth: number;
  /** Is given each field of type bytes as a view on the message: the document holds it in Base64. */
  readonly onBytes?: (field: DescField, bytes: Uint8Array) => void;
}

/** Where the reading of one message stands. */
export interface Reading {
  reader: WireReader;
  readonly options: ReadOptions;
  /** The objects and arrays that the reader is in, for errors and for the depth. The document itself is not named. */
  readonly path: string[];
  /** The field being read, empty between fields. */
  leaf: string;
}

/** No prototype: names such as `__proto__` come from callers. */
export const emptyObject = (): JsonObject => Object.create(null) as JsonObject;

/** The error with the field at which reading has stopped. Nothing leaves `path` on the way out of a throw. */
export function located({ path, leaf }: Reading, thrown: unknown): unknown {
  const place = (leaf === '' ? path : [...path, leaf]).join('.');
  if (!(thrown instanceof PortcullisError) || place === '') return thrown;
  return new PortcullisError(thrown.code, `${thrown.message} (in ${place})`, { cause: thrown });
}
