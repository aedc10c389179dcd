/** How a connection is closed so that no call on it fails. */
import { writeSync } from 'node:fs';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A GOAWAY frame with the highest stream number and NO_ERROR: "open no more streams, all so far are taken". */
const OPEN_NO_MORE = Buffer.from('0000080700000000007fffffff00000000', 'hex');
/** How long a client may take to answer a ping. */
const PING_WAIT_MS = 500;

/**
 * Closes a connection in the two steps of RFC 9113, 6.8: first "open no more streams", then, when the answer to a ping shows that
 * the client has read it, the number of the last stream. Between the two, calls that were already on their way are answered.
 *
 * Node has no first step: after `session.goaway()` and `session.close()` alike it takes no new stream (nghttp2's
 * `session_allow_incoming_new_stream`), and calls on their way come back as REFUSED_STREAM, which gRPC clients send again but
 * others report. So the frame is written past Node, between two of its own. Where that cannot be done, under TLS or while
 * Node's own bytes still wait, only the second step is taken.
 */
export function retireSession(session: ServerHttp2Session, socket: Socket): void {
  if (session.closed || session.destroyed) return;
  const close = (): void => {
    if (!session.closed && !session.destroyed) session.close();
  };
  if (!writeBetweenFrames(socket)) {
    close();
    return;
  }
  const timer = setTimeout(close, PING_WAIT_MS).unref();
  const answered = (): void => {
    clearTimeout(timer);
    close();
  };
  if (!session.ping(answered)) close();
}

/**
 * Writes to the descriptor itself: a write through the socket would end in the HTTP/2 session, which aborts the process over a
 * write that it did not begin. Node hands over whole frames, so an empty queue means that the last frame is complete.
 */
function writeBetweenFrames(socket: Socket): boolean {
  const { _handle: handle } = socket as { _handle?: { fd?: number; writeQueueSize?: number } | null };
  if (socket instanceof TLSSocket || handle?.fd === undefined || handle.fd < 0) return false;
  if (handle.writeQueueSize !== 0) return false;
  try {
    const written = writeSync(handle.fd, OPEN_NO_MORE);
    if (written !== OPEN_NO_MORE.length) socket.destroy();
    return written === OPEN_NO_MORE.length;
  } catch {
    return false;
  }
}
