/**
 * The bounds that are fixed, beside those of `GrpcLimits`. Each says what an honest client needs and what a hostile one could
 * do without it.
 */

/**
 * The window of a stream: what a client may send before it waits for us. A message that is longer gets more of it while it
 * comes in; it is the size of what a bidi stream can pile up while its handler does not read.
 */
export const STREAM_WINDOW_BYTES: number = 1024 * 1024;

/**
 * The window of a connection, given back as bytes arrive: what is held of them is counted and bounded elsewhere
 * (`request-accounts.ts`), so that one stream that stalls never stops the others.
 */
export const CONNECTION_WINDOW_BYTES: number = 8 * 1024 * 1024;

/** The table by which a client compresses its headers. 4 KiB is the protocol's own first value. */
export const HEADER_TABLE_BYTES = 4096;

/**
 * A header block as it comes over the wire may be this many times `maxHeaderBytes`, so that one a little too large gets an
 * answer; and in this many frames (CONTINUATION flood, VU#421644). Beyond either the connection ends.
 */
export const HEADER_BLOCK_FACTOR = 2;
export const MAX_CONTINUATION_FRAMES = 64;

/**
 * Frames that cost us and bring no call nearer its end: SETTINGS, PING, PRIORITY, empty DATA, window updates, frames of unknown
 * types and on streams that have ended. So many at once and a second; every call that is answered and every DATA frame that we
 * send gives credit for more, since both bring window updates and probes with them.
 */
export const IDLE_FRAME_BURST = 2000;
export const IDLE_FRAMES_PER_SECOND = 200;
export const IDLE_FRAMES_PER_CALL = 10;

/**
 * Each call that a handler has answered pays for a reset beside those of `GrpcLimits`: a proxy with tens of thousands of calls
 * a second takes thousands of them back while its own clients go away or a policy is slow, and is not to be cut off for that.
 */
export const RESETS_PER_ANSWER = 1;

/** DATA on streams that we have reset counts among them when it is smaller than this. */
export const SMALL_LATE_FRAME_BYTES = 64;

/** What is kept for a stream beside its bytes: measured with 20,000 silent ones. */
export const STREAM_BYTES = 2048;

/** Streams that we have reset are remembered, so that what was on its way to them is no mistake: this many times `maxConcurrentStreams`. */
export const REMEMBERED_RESETS_FACTOR = 2;

/** How long a client may take with the preface and its first SETTINGS, and to acknowledge ours. */
export const PREFACE_TIMEOUT_MS = 10_000;
export const SETTINGS_TIMEOUT_MS = 30_000;

/** How long a client may take to answer the ping between the two steps of a goodbye. */
export const GOODBYE_PING_MS = 500;

/** Answers that wait for the client to read its socket: beyond this we neither read nor write until it has. */
export const SOCKET_BACKLOG_BYTES: number = 256 * 1024;
