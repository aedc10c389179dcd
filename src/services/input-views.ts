import type { InputView } from '../decision/input-view.ts';
import { type InputLimits, jsonBytesView, jsonValueView, NO_INPUT_VIEW } from '../decision/json-view.ts';
import { PortcullisError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { WireInput } from './question-reader.ts';
import { readStruct } from './struct-reader.ts';
import { fieldTag, LENGTH_DELIMITED, malformed, WireReader } from './wire-reader.ts';

/**
 * The input of a question as the engine sees it. Nothing is decoded before the engine asks, so that an input nobody
 * reads costs nothing and a malformed one is a denial with its reason, not an error.
 */
export function inputView(input: WireInput, limits: InputLimits): InputView {
  return VIEWS[input.kind](input.bytes, limits);
}

const VIEWS: Readonly<Record<WireInput['kind'], (bytes: Uint8Array, limits: InputLimits) => InputView>> = {
  none: () => NO_INPUT_VIEW,
  json: jsonBytesView,
  struct: (bytes, limits) =>
    jsonValueView(() => readStruct(within(bytes, limits), limits.maxDepth), bytes.byteLength, bytes),
  access: (bytes, limits) =>
    jsonValueView(() => readAccessRequest(within(bytes, limits), limits.maxDepth), bytes.byteLength, bytes),
};

function within(bytes: Uint8Array, { maxBytes }: InputLimits): Uint8Array {
  if (bytes.byteLength <= maxBytes) return bytes;
  throw new PortcullisError(
    'json_too_large',
    `The input has ${bytes.byteLength} bytes, more than the limit of ${maxBytes}`,
  );
}

/** The fields of AccessRequest, which become keys of the input. */
const PARTS: ReadonlyMap<number, string> = new Map(
  ['subject', 'action', 'resource', 'context'].map((name, index) => [
    fieldTag(index + 1, LENGTH_DELIMITED),
    name,
  ]),
);

function readAccessRequest(bytes: Uint8Array, maxDepth: number): JsonObject {
  const document = Object.create(null) as JsonObject;
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const name = PARTS.get(tag);
    if (name === undefined) {
      reader.skip(tag);
      continue;
    }
    if (name in document) throw malformed(`\`${name}\` is given twice`);
    document[name] = readStruct(reader.bytes(), maxDepth - 1);
  }
  return document;
}
