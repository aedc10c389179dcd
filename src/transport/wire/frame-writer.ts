/** Writes the frames that carry no answer into the output of a connection. */
import { FLAG, FRAME, FRAME_HEADER_BYTES, write32, writeFrameHeader } from './frames.ts';
import { Output } from './output.ts';

export class FrameWriter {
  readonly out: Output = new Output();

  reset(stream: number, code: number): void {
    const at = this.frame(FRAME.RST_STREAM, 0, stream, 4);
    write32(this.out.bytes, at, code);
  }

  windowUpdate(stream: number, bytes: number): void {
    const at = this.frame(FRAME.WINDOW_UPDATE, 0, stream, 4);
    write32(this.out.bytes, at, bytes);
  }

  settings(payload: Uint8Array): void {
    const at = this.frame(FRAME.SETTINGS, 0, 0, payload.length);
    this.out.bytes.set(payload, at);
  }

  settingsAck(): void {
    this.frame(FRAME.SETTINGS, FLAG.ACK, 0, 0);
  }

  /** A ping, or the answer to one: the same eight bytes. */
  ping(payload: Uint8Array, ack: boolean): void {
    const at = this.frame(FRAME.PING, ack ? FLAG.ACK : 0, 0, payload.length);
    this.out.bytes.set(payload, at);
  }

  goaway(lastStream: number, code: number, reason: string): void {
    const debug = Buffer.from(reason);
    const at = this.frame(FRAME.GOAWAY, 0, 0, 8 + debug.length);
    write32(this.out.bytes, at, lastStream);
    write32(this.out.bytes, at + 4, code);
    this.out.bytes.set(debug, at + 8);
  }

  /** Makes room for a frame and writes its header; gives where its payload goes. */
  protected frame(type: number, flags: number, stream: number, length: number): number {
    const { out } = this;
    const start = out.reserve(FRAME_HEADER_BYTES + length);
    const at = writeFrameHeader(out.bytes, start, length, type, flags, stream);
    out.length = at + length;
    return at;
  }
}
