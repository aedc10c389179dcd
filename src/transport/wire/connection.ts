/**
 * One HTTP/2 connection (RFC 9113), without its socket: reads of bytes go in, frames come out in `sending.out`. The control frames
 * are in `control-frames.ts`, header blocks in `header-assembly.ts`.
 */
import type { Peer } from '../../rpc.ts';
import { CLIENT_WAIT_MS } from '../transport.ts';
import {
  CONNECTION_WINDOW_BYTES,
  HEADER_TABLE_BYTES,
  REMEMBERED_RESETS_FACTOR,
  SMALL_LATE_FRAME_BYTES,
  STREAM_WINDOW_BYTES,
} from './bounds.ts';
import { Budgets } from './budgets.ts';
import type { WireCall } from './call.ts';
import { onControlFrame } from './control-frames.ts';
import { DataFrames } from './data-frames.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { CODE, FLAG, FRAME, MAX_31 } from './frames.ts';
import { HeaderAssembly } from './header-assembly.ts';
import { Holdings } from './holdings.ts';
import { ResetStreams } from './reset-streams.ts';
import type { WireScope } from './scope.ts';
import { Sending } from './sending.ts';
import { ownSettings } from './settings.ts';
import { inputOf } from './unary-input.ts';

/** What a connection asks of its socket. */
export interface Edge {
  /** There is something to send. */
  wake(): void;
  /** Nothing more is to be read; the socket is closed when what was written has gone, or after so long. */
  end(waitMs: number): void;
}

export class WireConnection implements FrameSink {
  readonly scope: WireScope;
  readonly peer: Peer;
  readonly sending: Sending = new Sending();
  readonly holdings: Holdings;
  readonly calls: Map<number, WireCall> = new Map();
  readonly resetStreams: ResetStreams;
  /** When the bytes came that are being read. */
  nowMs: number;
  /** When a frame came last. */
  heardMs: number;
  /** When the last call ended; kept only where idle connections are to end. */
  quietSinceMs: number;
  lastStream = 0;
  /** Streams after this one are not taken any more. */
  lastTaken: number = MAX_31;
  settingsReceived = false;
  settingsAcknowledged = false;
  /** Called with the payload, from `start`, when the client answers a ping. */
  onPong: (bytes: Buffer, start: number) => void = () => {};
  over = false;
  readonly #edge: Edge;
  readonly #reader = new FrameReader(this);
  readonly #headers: HeaderAssembly;
  readonly #data: DataFrames;
  readonly #budgets: Budgets;

  constructor(scope: WireScope, peer: Peer, edge: Edge) {
    const { limits } = scope;
    this.scope = scope;
    this.peer = peer;
    this.#edge = edge;
    this.nowMs = scope.clock.monotonicMs();
    this.heardMs = this.nowMs;
    this.quietSinceMs = this.nowMs;
    this.#headers = new HeaderAssembly(this);
    this.#data = new DataFrames(this);
    this.resetStreams = new ResetStreams(REMEMBERED_RESETS_FACTOR * limits.maxConcurrentStreams);
    this.holdings = new Holdings(scope);
    this.#budgets = new Budgets(this.sending, limits, this.nowMs);
    this.sending.settings(
      ownSettings({
        headerTableBytes: HEADER_TABLE_BYTES,
        maxConcurrentStreams: limits.maxConcurrentStreams,
        streamWindowBytes: STREAM_WINDOW_BYTES,
        maxHeaderBytes: limits.maxHeaderBytes,
      }),
    );
    this.sending.windowUpdate(0, CONNECTION_WINDOW_BYTES - 65_535);
  }

  /** Takes what the client has sent. Never throws. */
  receive(bytes: Buffer): void {
    if (this.over) return;
    this.nowMs = this.scope.clock.monotonicMs();
    this.scope.turns.onRead(this.nowMs);
    this.holdings.beginRead();
    try {
      this.#reader.read(bytes);
      this.#headers.settle();
    } catch (error) {
      this.failFor(error);
    }
    this.holdings.endRead();
  }

  onFrame(type: number, flags: number, stream: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#headers.open && (type !== FRAME.CONTINUATION || stream !== this.#headers.stream)) {
      return this.fail(CODE.PROTOCOL_ERROR, 'a header block was interrupted');
    }
    if (!this.settingsReceived && (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0)) {
      return this.fail(CODE.PROTOCOL_ERROR, 'the first frame is no SETTINGS');
    }
    if (type === FRAME.DATA) this.#data.onData(flags, stream, bytes, start, end);
    else if (type === FRAME.HEADERS) this.#headers.onHeaders(flags, stream, bytes, start, end);
    else if (type === FRAME.CONTINUATION) this.#headers.onContinuation(flags, bytes, start, end);
    else onControlFrame(this, type, flags, stream, bytes, start, end);
    // Within a block the client may write nothing else, not even the answer to a ping, so that its pieces prove nothing.
    if (!this.#headers.open) this.heardMs = this.nowMs;
    return !this.over;
  }

  onBadPreface(): void {
    this.fail(CODE.PROTOCOL_ERROR, 'this is no HTTP/2');
  }

  onLongFrame(): void {
    this.fail(CODE.FRAME_SIZE_ERROR, 'a frame is too long');
  }

  /** Ends the connection for a mistake of the client; false, for `onFrame`. */
  fail(code: number, reason: string): false {
    if (this.over) return false;
    this.over = true;
    this.sending.goaway(Math.min(this.lastStream, this.lastTaken), code, reason);
    this.abandon();
    this.#edge.end(CLIENT_WAIT_MS);
    return false;
  }

  /** A defect of ours, or of a service, ends this connection and nothing else. */
  failFor(thrown: unknown): void {
    this.scope.status(thrown);
    this.fail(CODE.INTERNAL_ERROR, '');
  }

  /** Ends every call, since nobody is there any more. */
  abandon(): void {
    this.over = true;
    for (const call of this.calls.values()) this.#abandonCall(call);
  }

  /** A stream error (RFC 9113, 5.4.2). Counted as a reset of the client's, who provoked it (CVE-2025-8671). */
  failStream(stream: number, code: number): void {
    if (!this.takeReset()) return;
    const call = this.calls.get(stream);
    if (call !== undefined) this.reset(call, code);
    else {
      this.sending.reset(stream, code);
      this.resetStreams.add(stream);
    }
  }

  /** Ends a call without an answer. */
  reset(call: WireCall, code: number): void {
    if (call.closed) return;
    this.sending.reset(call.id, code);
    this.resetStreams.add(call.id);
    // Said once.
    call.remoteEnded = true;
    this.#abandonCall(call);
  }

  /** The client has reset a call. */
  onReset(call: WireCall): void {
    call.remoteEnded = true;
    this.#abandonCall(call);
  }

  /** Counts a reset; false when there were too many, and the connection has ended. */
  takeReset(): boolean {
    return this.#budgets.takeReset(this.nowMs) || this.fail(CODE.ENHANCE_YOUR_CALM, 'too many resets');
  }

  /** Counts a frame that brings no call nearer its end; false when there were too many, and the connection has ended. */
  takeIdleFrame(): boolean {
    return (
      this.#budgets.takeIdleFrame(this.nowMs) ||
      this.fail(CODE.ENHANCE_YOUR_CALM, 'too many frames that ask for nothing')
    );
  }

  /** A call has sent its last frame, or never will. */
  onClosed(call: WireCall): void {
    const { accounts, deadlines, slow, turns } = this.scope;
    this.calls.delete(call.id);
    if (call.waiting !== undefined) {
      call.waiting = undefined;
      turns.remove(call);
    }
    if (call.heldBytes > 0) accounts.remove(this.holdings.account, call, call.heldBytes);
    if (call.deadlineSlot >= 0) deadlines.remove(call);
    if (call.slowSinceMs >= 0) slow.remove(call);
    call.input?.stop();
    call.input = undefined;
    if (!call.remoteEnded && !this.over) {
      // It need not send the rest (RFC 9113, 8.1).
      this.sending.reset(call.id, CODE.NO_ERROR);
      this.resetStreams.add(call.id);
    }
    if (this.calls.size === 0) this.#quiet();
  }

  /** There is something to send, outside of a read. */
  wake(): void {
    this.#edge.wake();
  }

  /** The first step of a goodbye (RFC 9113, 6.8): calls that are on their way are taken. */
  announceEnd(ping: Uint8Array): void {
    this.sending.goaway(MAX_31, CODE.NO_ERROR, '');
    this.sending.ping(ping, false);
    this.wake();
  }

  /** The second: these calls are the last. */
  takeNoMore(): void {
    if (this.over || this.lastTaken !== MAX_31) return;
    this.lastTaken = this.lastStream;
    this.sending.goaway(this.lastTaken, CODE.NO_ERROR, '');
    if (this.calls.size === 0) this.#quiet();
    this.wake();
  }

  #quiet(): void {
    const { clock, limits } = this.scope;
    // Long after it was read, maybe. The clock is not asked for nothing.
    if (limits.maxConnectionIdleMs !== Number.POSITIVE_INFINITY) this.quietSinceMs = clock.monotonicMs();
    if (this.lastTaken === MAX_31 || this.over) return;
    this.over = true;
    // The last answers have as long to be taken as any others.
    this.#edge.end(limits.keepaliveTimeoutMs);
  }

  #abandonCall(call: WireCall): void {
    const { unread, waiting } = call;
    this.sending.drop(call);
    call.stop();
    call.close();
    call.tell(unread, waiting);
  }

  /** The client has sent all of a request. */
  endRequest(call: WireCall): void {
    if (call.closed) return;
    call.remoteEnded = true;
    if (call.slowSinceMs >= 0) this.scope.slow.remove(call);
    if (!call.answered) inputOf(call).end();
  }

  /** Whether a stream was ever opened, by a client, who has the odd numbers; what never was is idle (RFC 9113, 5.1). */
  isOpened(stream: number): boolean {
    return stream % 2 === 1 && stream <= this.lastStream;
  }

  /** A frame of so many bytes on a stream that has ended (RFC 9113, 5.1, "closed"). */
  onLateFrame(stream: number, bytes: number): void {
    if (this.resetStreams.has(stream) || stream > this.lastTaken) {
      // A window full of larger ones may have been on its way.
      if (bytes < SMALL_LATE_FRAME_BYTES) this.takeIdleFrame();
    } else this.fail(CODE.STREAM_CLOSED, 'a frame on a stream that has ended');
  }
}
