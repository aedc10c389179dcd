/** The bodies of requests: DATA frames and the windows that bound them (RFC 9113, 5.2, 6.1 and 6.9). */
import { CONNECTION_WINDOW_BYTES } from './bounds.ts';
import type { WireCall } from './call.ts';
import type { WireConnection } from './connection.ts';
import { CODE, FLAG } from './frames.ts';
import { inputOf, takeWhole } from './unary-input.ts';

export class DataFrames {
  readonly #connection: WireConnection;
  /** What the client may send on all streams together before we say more. */
  #receiveWindow: number = CONNECTION_WINDOW_BYTES;

  constructor(connection: WireConnection) {
    this.#connection = connection;
  }

  onData(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    const connection = this.#connection;
    const length = to - from;
    this.#receiveWindow -= length;
    if (!connection.isOpened(stream)) {
      connection.fail(CODE.PROTOCOL_ERROR, 'DATA on a stream that is not open');
      return;
    }
    if (this.#receiveWindow < 0) {
      connection.fail(CODE.FLOW_CONTROL_ERROR, 'more DATA than the window of the connection');
      return;
    }
    if (this.#receiveWindow < CONNECTION_WINDOW_BYTES / 2) {
      connection.sending.windowUpdate(0, CONNECTION_WINDOW_BYTES - this.#receiveWindow);
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    let start = from;
    let end = to;
    if ((flags & FLAG.PADDED) !== 0) {
      const padding = length > 0 ? bytes[from]! : length;
      if (padding >= length) {
        connection.fail(CODE.PROTOCOL_ERROR, 'more padding than frame');
        return;
      }
      start++;
      end -= padding;
    }
    const call = connection.calls.get(stream);
    if (call === undefined) connection.onLateFrame(stream, length);
    else if (call.remoteEnded) connection.failStream(stream, CODE.STREAM_CLOSED);
    else {
      call.receiveWindow -= length;
      if (call.receiveWindow < 0) connection.failStream(stream, CODE.FLOW_CONTROL_ERROR);
      else this.#onBody(call, (flags & FLAG.END_STREAM) !== 0, bytes, start, end);
    }
  }

  #onBody(call: WireCall, last: boolean, bytes: Buffer, start: number, end: number): void {
    call.bodyBytes += end - start;
    const { contentBytes } = call.head;
    if (contentBytes >= 0 && (call.bodyBytes > contentBytes || (last && call.bodyBytes < contentBytes))) {
      this.#connection.failStream(call.id, CODE.PROTOCOL_ERROR);
      return;
    }
    if (last && call.input === undefined) {
      call.remoteEnded = true;
      if (call.slowSinceMs >= 0) this.#connection.scope.slow.remove(call);
      takeWhole(call, bytes, start, end);
      return;
    }
    if (start < end) inputOf(call).data(bytes, start, end);
    else if (!last && !this.#connection.takeIdleFrame()) return;
    if (last) this.#connection.endRequest(call);
  }
}
