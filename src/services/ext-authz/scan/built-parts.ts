import type { JsonValue } from '../../../json/value.ts';
import { pathFacts } from '../path/path-facts.ts';
import { type CheckFacts, NO_FACTS } from '../request/check-request.ts';
import {
  type BuiltInput,
  buildInput,
  type InputOptions,
  type InputPart,
  type KnownParts,
} from '../request/input-document.ts';
import { valueOf } from './scan-entries.ts';
import {
  BODY,
  HEADERS,
  HTTP_METHOD,
  HTTP_PATH,
  isEmptySlot,
  RAW_BODY,
  slotBytes,
  slotText,
} from './scan-slots.ts';

/** What one message's parts were made of already. */
export class BuiltParts {
  readonly #options: InputOptions;
  #known: KnownParts | undefined;
  #facts: CheckFacts | undefined;
  #body: BuiltInput | undefined;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** As {@link ScannedMessage}: of the message whose scan is in memory. */
  build(key: string): JsonValue | undefined {
    return valueIn(OF_BODY.has(key) ? this.#bodyParts() : this.#make((other) => other === key), key);
  }

  #bodyParts(): BuiltInput {
    return (this.#body ??= withoutBody(this.#options) ?? this.#make((key) => OF_BODY.has(key)));
  }

  #make(reads: (key: string) => boolean): BuiltInput {
    const facts = (this.#facts ??= factsOfScan());
    return buildInput(
      facts,
      pathFacts(facts.path, facts.method),
      this.#options,
      reads,
      (this.#known ??= new Map()),
    );
  }
}

/** Throws why it could not be built. */
function valueIn({ document, failed }: BuiltInput, key: string): JsonValue | undefined {
  const failure = failed.get(key as InputPart);
  if (failure !== undefined) throw failure;
  return document[key];
}

/*
 * Members of the input that are made of others: the scan gives what they are made of, `buildInput` makes them, as it
 * does for a decoded request.
 */

/** The headers that say what a body is. */
export const BODY_HEADERS: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'x-envoy-auth-partial-body',
].map((name) => ({ name, bytes: Uint8Array.from(Buffer.from(name)) }));

/** The members that are made of a body. */
const OF_BODY: ReadonlySet<string> = new Set(['body', 'parsed_body', 'truncated_body']);

/** What the scanned message says of a path and a body. */
function factsOfScan(): CheckFacts {
  const headers = Object.create(null) as Record<string, string>;
  for (const { name, bytes } of BODY_HEADERS) {
    const value = valueOf(HEADERS, bytes);
    if (value !== undefined) headers[name] = value;
  }
  return {
    ...NO_FACTS,
    method: slotText(HTTP_METHOD),
    path: slotText(HTTP_PATH),
    headers,
    body: slotText(BODY),
    rawBody: slotBytes(RAW_BODY),
  };
}

/** By options: what is made where there is no body, by what is said about it. Hardly any request has one, and nothing else matters then. */
const bodiless = new WeakMap<InputOptions, (BuiltInput | undefined)[]>();
const LENGTH = Uint8Array.from(Buffer.from('content-length'));
const MARK = Uint8Array.from(Buffer.from('x-envoy-auth-partial-body'));
const LENGTHS: readonly (string | undefined)[] = [undefined, '0'];
const MARKS: readonly (string | undefined)[] = [undefined, 'true', 'false'];

/** The parts of a message that has no body; undefined: they must be made. */
function withoutBody(options: InputOptions): BuiltInput | undefined {
  if (!isEmptySlot(BODY) || !isEmptySlot(RAW_BODY)) return undefined;
  const length = LENGTHS.indexOf(valueOf(HEADERS, LENGTH));
  const mark = MARKS.indexOf(valueOf(HEADERS, MARK));
  if (length < 0 || mark < 0) return undefined;
  let known = bodiless.get(options);
  if (known === undefined) bodiless.set(options, (known = []));
  const place = length * MARKS.length + mark;
  return (known[place] ??= builtWithoutBody(options));
}

/** Frozen, because all requests share it; by that it is told from what is one request's. */
function builtWithoutBody(options: InputOptions): BuiltInput {
  const built = buildInput(factsOfScan(), NO_PATH, options, (part) => OF_BODY.has(part));
  Object.freeze(built.document['body']);
  return built;
}

const NO_PATH = pathFacts('', '');
