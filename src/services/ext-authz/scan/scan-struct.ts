import { readStruct } from '../../struct-reader.ts';
import { fieldTag, LENGTH_DELIMITED, WireReader } from '../../wire-reader.ts';

const ENTRY_KEY = fieldTag(1, LENGTH_DELIMITED);
const ENTRY_VALUE = fieldTag(2, LENGTH_DELIMITED);

/** Objects around a Struct of `filter_metadata`: document, attributes, metadata, map. */
const STRUCT_DEPTH = 4;

/** Whether it is an entry of `filter_metadata` with one value that is a Struct; others are left to the decoder. */
export function isStructEntry(entry: Uint8Array, maxDepth: number): boolean {
  try {
    const reader = new WireReader(entry);
    let values = 0;
    for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
      if (tag === ENTRY_KEY) reader.string();
      else if (tag === ENTRY_VALUE && values++ === 0) readStruct(reader.bytes(), maxDepth - STRUCT_DEPTH);
      else return false;
    }
    return values === 1;
  } catch {
    return false;
  }
}
