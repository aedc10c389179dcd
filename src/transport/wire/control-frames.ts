/** The frames that carry no request: SETTINGS, PING, windows, resets, goodbyes (RFC 9113, 6). */
import type { WireConnection } from './connection.ts';
import { CODE, FLAG, MAX_31, read31 } from './frames.ts';

type OnFrame = (
  connection: WireConnection,
  flags: number,
  stream: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

const onPriority: OnFrame = (connection, _flags, stream, bytes, start, end) => {
  if (stream === 0) connection.fail(CODE.PROTOCOL_ERROR, 'PRIORITY of no stream');
  else if (end - start !== 5) streamOrConnectionError(connection, stream, CODE.FRAME_SIZE_ERROR);
  else if (read31(bytes, start) === stream) streamOrConnectionError(connection, stream, CODE.PROTOCOL_ERROR);
  else connection.takeIdleFrame();
};

/** A stream that was never opened cannot be reset. */
function streamOrConnectionError(connection: WireConnection, stream: number, code: number): void {
  if (connection.calls.has(stream)) connection.failStream(stream, code);
  else connection.fail(code, 'PRIORITY cannot be read');
}

const onReset: OnFrame = (connection, _flags, stream, _bytes, start, end) => {
  if (end - start !== 4) connection.fail(CODE.FRAME_SIZE_ERROR, 'RST_STREAM has four bytes');
  else if (!connection.isOpened(stream))
    connection.fail(CODE.PROTOCOL_ERROR, 'RST_STREAM of a stream that is not open');
  else {
    // Also of what has ended, since it has cost us as much; the two may have crossed.
    const call = connection.calls.get(stream);
    if (connection.takeReset() && call !== undefined) connection.onReset(call);
  }
};

const onSettings: OnFrame = (connection, flags, stream, bytes, start, end) => {
  if (stream !== 0) {
    connection.fail(CODE.PROTOCOL_ERROR, 'SETTINGS of a stream');
    return;
  }
  if ((flags & FLAG.ACK) !== 0) {
    if (end > start) connection.fail(CODE.FRAME_SIZE_ERROR, 'SETTINGS are acknowledged without any');
    else if (connection.takeIdleFrame()) connection.settingsAcknowledged = true;
    return;
  }
  if (connection.settingsReceived && !connection.takeIdleFrame()) return;
  const { sending } = connection;
  const { peer } = sending;
  const windowBefore = peer.streamWindowBytes;
  const error = peer.read(bytes, start, end);
  if (error !== CODE.NO_ERROR) {
    connection.fail(error, 'a setting cannot be');
    return;
  }
  connection.settingsReceived = true;
  // Its table may have been smaller for a moment, and have lost what was in it (RFC 7541, 4.2).
  sending.setHeaderTableBytes(peer.leastTableBytes);
  sending.setHeaderTableBytes(peer.headerTableBytes);
  sending.settingsAck();
  if (peer.streamWindowBytes !== windowBefore)
    changeWindows(connection, peer.streamWindowBytes - windowBefore);
};

/** All open streams have more to send, or less, and then perhaps less than nothing (RFC 9113, 6.9.2). */
function changeWindows(connection: WireConnection, bytes: number): void {
  for (const call of connection.calls.values()) {
    if (call.sendWindow + bytes > MAX_31) {
      connection.fail(CODE.FLOW_CONTROL_ERROR, 'a window is larger than there can be');
      return;
    }
    call.sendWindow += bytes;
    if (bytes > 0) connection.sending.push(call);
  }
}

const onPushPromise: OnFrame = (connection) => {
  connection.fail(CODE.PROTOCOL_ERROR, 'clients do not push');
};

const onPing: OnFrame = (connection, flags, stream, bytes, start, end) => {
  if (stream !== 0) connection.fail(CODE.PROTOCOL_ERROR, 'PING of a stream');
  else if (end - start !== 8) connection.fail(CODE.FRAME_SIZE_ERROR, 'PING has eight bytes');
  else if (!connection.takeIdleFrame()) return;
  else if ((flags & FLAG.ACK) === 0) connection.sending.ping(bytes.subarray(start, end), true);
  else connection.onPong(bytes, start);
};

const onGoaway: OnFrame = (connection, _flags, stream, _bytes, start, end) => {
  if (stream !== 0) connection.fail(CODE.PROTOCOL_ERROR, 'GOAWAY of a stream');
  else if (end - start < 8) connection.fail(CODE.FRAME_SIZE_ERROR, 'GOAWAY has at least eight bytes');
  // Of use to who pushes. The client closes the connection when it has its answers.
  else connection.takeIdleFrame();
};

const onWindowUpdate: OnFrame = (connection, _flags, stream, bytes, start, end) => {
  if (end - start !== 4) {
    connection.fail(CODE.FRAME_SIZE_ERROR, 'WINDOW_UPDATE has four bytes');
    return;
  }
  const increment = read31(bytes, start);
  if (stream === 0) {
    if (increment === 0) connection.fail(CODE.PROTOCOL_ERROR, 'a window grows by nothing');
    else if (!connection.takeIdleFrame()) return;
    else if (!connection.sending.grow(increment))
      connection.fail(CODE.FLOW_CONTROL_ERROR, 'the window is larger than there can be');
    return;
  }
  if (!connection.isOpened(stream)) {
    connection.fail(CODE.PROTOCOL_ERROR, 'WINDOW_UPDATE of a stream that is not open');
    return;
  }
  const call = connection.calls.get(stream);
  if (!connection.takeIdleFrame() || call === undefined) return;
  if (increment === 0) connection.failStream(stream, CODE.PROTOCOL_ERROR);
  else if (call.sendWindow + increment > MAX_31) connection.failStream(stream, CODE.FLOW_CONTROL_ERROR);
  else {
    call.sendWindow += increment;
    connection.sending.push(call);
  }
};

const ON_FRAME: readonly (OnFrame | undefined)[] = [
  undefined,
  undefined,
  onPriority,
  onReset,
  onSettings,
  onPushPromise,
  onPing,
  onGoaway,
  onWindowUpdate,
];

/** A frame that is neither DATA nor of a header block. Those of types that we do not know are ignored (RFC 9113, 5.5). */
export function onControlFrame(
  connection: WireConnection,
  type: number,
  flags: number,
  stream: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const onFrame = ON_FRAME[type];
  if (onFrame === undefined) connection.takeIdleFrame();
  else onFrame(connection, flags, stream, bytes, start, end);
}
