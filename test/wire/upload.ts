/** Sending DATA as a client must, within the windows that the server has given (RFC 9113, 6.9). */
import { DATA, type Frame, INITIAL_WINDOW_SIZE, WINDOW_UPDATE } from './frames.ts';
import type { WireClient } from './raw-client.ts';

const INITIAL_BYTES = 65_535;
const used = new WeakMap<WireClient, number>();

/** What the server has given for a stream (0: the connection), the first window included. */
export function givenBytes(client: WireClient, stream: number): number {
  const first = stream === 0 ? INITIAL_BYTES : (client.settings.get(INITIAL_WINDOW_SIZE) ?? INITIAL_BYTES);
  const updates = (frame: Frame): boolean => frame.type === WINDOW_UPDATE && frame.stream === stream;
  return client.frames.filter(updates).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), first);
}

/** Sends frames of one stream, each when there is room; ends early when the stream does. All DATA of the connection goes through here. */
export async function upload(client: WireClient, stream: number, frames: readonly Buffer[]): Promise<void> {
  let sentBytes = 0;
  let pending: Buffer[] = [];
  for (const frame of frames) {
    const bytes = frame[3] === DATA ? frame.length - 9 : 0;
    const fits = (): boolean =>
      givenBytes(client, stream) - sentBytes >= bytes &&
      givenBytes(client, 0) - (used.get(client) ?? 0) >= bytes;
    if (!fits()) {
      client.write(...pending);
      pending = [];
      await client.until(
        () => client.ended || client.stream(stream).done || fits(),
        `room for ${bytes} bytes`,
      );
    }
    if (client.ended || client.stream(stream).done) return;
    sentBytes += bytes;
    used.set(client, (used.get(client) ?? 0) + bytes);
    pending.push(frame);
  }
  client.write(...pending);
}
