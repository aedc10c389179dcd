/** Header blocks of HEADERS and CONTINUATION frames (RFC 9113, 4.3, 6.2, 6.10), and the calls that they open. */
import {
  HEADER_BLOCK_FACTOR,
  HEADER_TABLE_BYTES,
  MAX_CONTINUATION_FRAMES,
  STREAM_WINDOW_BYTES,
} from './bounds.ts';
import { WireCall } from './call.ts';
import type { WireConnection } from './connection.ts';
import { isField } from './field-rules.ts';
import { CODE, FLAG, read31 } from './frames.ts';
import { beginBidi } from './handlers.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { HpackError } from './hpack/hpack-error.ts';
import { refuse } from './refusals.ts';
import { areTrailers, requestHead } from './request-head.ts';
import { inputOf } from './unary-input.ts';

const PRIORITY_BYTES = 5;

export class HeaderAssembly {
  /** The stream of the block that is coming in. */
  stream = 0;
  /** Whether a block has begun that has not ended. */
  open = false;
  readonly #connection: WireConnection;
  readonly #decoder: HpackDecoder;
  readonly #maxBlockBytes: number;
  readonly #pieces: Buffer[] = [];
  #blockBytes = 0;
  #endsStream = false;
  #dependsOnItself = false;
  /** The streams that were passed over last, and can be opened no more (RFC 9113, 5.1.1). */
  #skippedFrom = 0;
  #skippedTo = -1;
  /** Calls of this read, which may be over before it is. */
  readonly #opened: WireCall[] = [];

  constructor(connection: WireConnection) {
    const { maxHeaderBytes } = connection.scope.limits;
    this.#connection = connection;
    this.#decoder = new HpackDecoder({
      maxTableBytes: HEADER_TABLE_BYTES,
      maxListBytes: maxHeaderBytes,
      isField,
    });
    this.#maxBlockBytes = HEADER_BLOCK_FACTOR * maxHeaderBytes;
  }

  onHeaders(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    let start = from;
    let end = to;
    if ((flags & FLAG.PADDED) !== 0) end -= start < end ? bytes[start++]! : 1;
    this.#dependsOnItself = false;
    if (start > end) {
      this.#connection.fail(CODE.PROTOCOL_ERROR, 'more padding than frame');
      return;
    }
    if ((flags & FLAG.PRIORITY) !== 0) {
      if (end - start < PRIORITY_BYTES) {
        this.#connection.fail(CODE.FRAME_SIZE_ERROR, 'HEADERS without the priority that they announce');
        return;
      }
      // Priorities are deprecated (RFC 9113, 5.3.2): only what could never be right is looked at.
      this.#dependsOnItself = read31(bytes, start) === stream;
      start += PRIORITY_BYTES;
    }
    if (stream % 2 === 0) {
      this.#connection.fail(CODE.PROTOCOL_ERROR, 'clients open streams with odd numbers');
      return;
    }
    this.stream = stream;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    if ((flags & FLAG.END_HEADERS) !== 0) this.#onBlock(bytes, start, end);
    else {
      this.open = true;
      this.#keep(bytes, start, end);
    }
  }

  onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    if (!this.open) {
      this.#connection.fail(CODE.PROTOCOL_ERROR, 'CONTINUATION of nothing');
      return;
    }
    if (!this.#keep(bytes, start, end) || (flags & FLAG.END_HEADERS) === 0) return;
    const block = Buffer.concat(this.#pieces);
    this.#pieces.length = 0;
    this.#blockBytes = 0;
    this.open = false;
    this.#onBlock(block, 0, block.length);
  }

  /** After a read: calls that it opened and did not bring to their end are counted and watched. */
  settle(): void {
    if (this.#opened.length === 0) return;
    const { scope, nowMs } = this.#connection;
    for (const call of this.#opened) {
      if (!call.closed) call.watch();
      if (call.receiving && call.head.method?.kind !== 'bidi') scope.slow.add(call, nowMs);
    }
    this.#opened.length = 0;
  }

  #keep(bytes: Buffer, start: number, end: number): boolean {
    this.#blockBytes += end - start;
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    return (
      (this.#blockBytes <= this.#maxBlockBytes && this.#pieces.length <= MAX_CONTINUATION_FRAMES) ||
      this.#connection.fail(CODE.ENHANCE_YOUR_CALM, 'a header block is too long')
    );
  }

  #onBlock(bytes: Buffer, start: number, end: number): void {
    let block: HeaderBlock;
    try {
      block = this.#decoder.decode(bytes, start, end);
    } catch (error) {
      const reason = error instanceof HpackError ? error.message : 'the header block cannot be read';
      this.#connection.fail(CODE.COMPRESSION_ERROR, reason);
      return;
    }
    const connection = this.#connection;
    if (this.stream > connection.lastStream) this.#onRequest(block);
    else this.#onTrailers(block);
  }

  #onTrailers(block: HeaderBlock): void {
    const connection = this.#connection;
    const call = connection.calls.get(this.stream);
    if (this.stream >= this.#skippedFrom && this.stream <= this.#skippedTo)
      connection.fail(CODE.PROTOCOL_ERROR, 'streams are opened in the order of their numbers');
    else if (call === undefined) connection.onLateFrame(this.stream, 0);
    else if (call.remoteEnded) connection.failStream(this.stream, CODE.STREAM_CLOSED);
    else if (!this.#endsStream || !areTrailers(block))
      connection.failStream(this.stream, CODE.PROTOCOL_ERROR);
    else if (call.head.contentBytes >= 0 && call.bodyBytes !== call.head.contentBytes)
      connection.failStream(this.stream, CODE.PROTOCOL_ERROR);
    else connection.endRequest(call);
  }

  #onRequest(block: HeaderBlock): void {
    const connection = this.#connection;
    const { scope } = connection;
    const { stream } = this;
    if (stream > connection.lastStream + 2) {
      this.#skippedFrom = connection.lastStream + 1;
      this.#skippedTo = stream - 1;
    }
    connection.lastStream = stream;
    // After the second step of a goodbye: not begun, to be sent elsewhere.
    if (stream > connection.lastTaken) {
      connection.failStream(stream, CODE.REFUSED_STREAM);
      return;
    }
    if (connection.calls.size >= scope.limits.maxConcurrentStreams) {
      connection.failStream(stream, CODE.REFUSED_STREAM);
      return;
    }
    const head = requestHead(block, scope.methods);
    if (
      head.refusal === 'malformed' ||
      this.#dependsOnItself ||
      (this.#endsStream && head.contentBytes > 0)
    ) {
      connection.failStream(stream, CODE.PROTOCOL_ERROR);
      return;
    }
    const call = new WireCall(
      connection,
      stream,
      head,
      block,
      connection.sending.peer.streamWindowBytes,
      STREAM_WINDOW_BYTES,
      connection.nowMs,
    );
    connection.calls.set(stream, call);
    this.#opened.push(call);
    call.remoteEnded = this.#endsStream;
    if (connection.holdings.full()) call.refuse();
    else if (head.refusal !== undefined) refuse(call);
    else if (head.method?.kind === 'bidi') {
      beginBidi(call, head.method.handler);
      if (this.#endsStream) inputOf(call).end();
    } else if (this.#endsStream) inputOf(call).end();
  }
}
