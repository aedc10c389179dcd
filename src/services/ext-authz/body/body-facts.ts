import { Buffer } from 'node:buffer';

/** What {@link bodyFacts} reads of a CheckRequest. */
export interface BodySource {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly rawBody: Uint8Array;
}

/**
 * - `empty`: the request has no body, and that is proved.
 * - `complete`: all of it is here.
 * - `truncated`: a part of it is here.
 * - `not_inspected`: none of it is here, and nothing proves that there is none.
 */
export type BodyState = 'empty' | 'complete' | 'truncated' | 'not_inspected';

export interface BodyFacts {
  readonly state: BodyState;
  /** Bytes of the body in the CheckRequest; text counts in UTF-8. */
  readonly receivedBytes: number;
  /** The content-length; undefined without one, and with one that is no number of bytes. */
  readonly declaredBytes: number | undefined;
  /** There is a content-length that Go's `ParseInt` refuses: the body cannot be judged. */
  readonly lengthIsInvalid: boolean;
}

/**
 * What is known of the body. Envoy marks every body that it buffered with `x-envoy-auth-partial-body` and drops the
 * client's own mark: `true` is a cut body, `false` a whole one, also when it has no content-length.
 *
 * Without the mark only the content-length can tell. Its absence proves nothing: HTTP/2 bodies come without, and Envoy
 * removes `transfer-encoding` before filters see the headers, so that a chunked body looks like none
 * (GHSA-659f-rgp5-w4wf), although RFC 9112 section 6.3 would let a server conclude from HTTP/1 headers. What a sender
 * other than Envoy gives without any mark or length is taken for whole, as opa-envoy-plugin does.
 *
 * | Mark | content-length | received | State |
 * |---|---|---|---|
 * | `true` | any | any | `truncated` |
 * | any | more than received | some | `truncated` |
 * | any | more than received | nothing | `not_inspected` |
 * | `false` | none, equal, less | some, nothing | `complete`, `empty` |
 * | none | equal, less | some, nothing | `complete`, `empty` |
 * | none | none | some, nothing | `complete`, `not_inspected` |
 * | none | invalid | some, nothing | `truncated`, `not_inspected` |
 */
export function bodyFacts(source: BodySource): BodyFacts {
  const receivedBytes =
    source.body !== '' ? Buffer.byteLength(source.body, 'utf8') : source.rawBody.byteLength;
  const header = source.headers['content-length'];
  const length = header === undefined ? undefined : goInteger(header);
  const lengthIsInvalid = header !== undefined && length === undefined;
  const mark = source.headers['x-envoy-auth-partial-body'];
  return {
    state: stateOf(mark, length, lengthIsInvalid, receivedBytes),
    receivedBytes,
    declaredBytes: length !== undefined && length >= 0 ? length : undefined,
    lengthIsInvalid,
  };
}

function stateOf(
  mark: string | undefined,
  length: number | undefined,
  lengthIsInvalid: boolean,
  receivedBytes: number,
): BodyState {
  if (mark === 'true') return 'truncated';
  const some = receivedBytes > 0;
  if (length !== undefined && length > receivedBytes) return some ? 'truncated' : 'not_inspected';
  if (mark === 'false') return some ? 'complete' : 'empty';
  if (lengthIsInvalid) return some ? 'truncated' : 'not_inspected';
  if (some) return 'complete';
  return length !== undefined && length >= 0 ? 'empty' : 'not_inspected';
}

const GO_INTEGER = /^[+-]?[0-9]+$/;
const MAX_INT64 = 2n ** 63n;

/** What Go's `strconv.ParseInt(text, 10, 64)` reads, undefined where it errs. Beyond 2^53 the number is not exact, which no body is near. */
function goInteger(text: string): number | undefined {
  if (!GO_INTEGER.test(text)) return undefined;
  const significant = text.replace(/^[+-]?0*/, '');
  if (significant.length > 19) return undefined;
  const magnitude = BigInt(significant === '' ? 0 : significant);
  const negative = text.startsWith('-');
  if (magnitude >= MAX_INT64 && !(negative && magnitude === MAX_INT64)) return undefined;
  return Number(negative ? -magnitude : magnitude);
}
