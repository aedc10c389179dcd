/** RFC 9113, 4 to 6: what a frame must and must not be, with the error that it asks for by name. */
import type { Expected } from './expectations.ts';
import * as h2 from './frames.ts';
import { encodeBlock, indexed } from './hpack.ts';
import { request, requestFields } from './requests.ts';
import { ECHO, HANG } from './server.ts';

const NONE = Buffer.alloc(0);
const FIELDS = encodeBlock(requestFields(ECHO));
const HANGING = encodeBlock(requestFields(HANG));
/** Stream 1 open, half-closed and unanswered, answered and closed. */
const OPEN = h2.headers(1, FIELDS);
const HALF_CLOSED = request(1, HANG, h2.message('x'));
export const CLOSED: Buffer = request(1, ECHO, h2.message('x'));
const MAX_WINDOW = 2 ** 31 - 1;

export type Row = readonly [section: string, what: string, bytes: readonly Buffer[], expected: Expected];

const protocol: Expected = { goaway: h2.PROTOCOL_ERROR };
const size: Expected = { goaway: h2.FRAME_SIZE_ERROR };
const flow: Expected = { goaway: h2.FLOW_CONTROL_ERROR };
const compression: Expected = { goaway: h2.COMPRESSION_ERROR };

// biome-ignore format: a table, one row a line
export const FRAME_ROWS: readonly Row[] = [
  ['4.1', 'a frame of an unknown type', [h2.frame(0x42, 0xff, 0, Buffer.alloc(100))], 'lives'],
  ['4.1', 'an unknown frame on an idle stream', [h2.frame(0xfe, 0, 77, Buffer.from('x'))], 'lives'],
  ['4.1', 'flags that mean nothing there', [h2.frame(h2.PING, 0xfe, 0, Buffer.alloc(8))], 'lives'],
  ['4.1', 'the reserved bit of a stream identifier', [h2.frame(h2.WINDOW_UPDATE, 0, 0x80000000, h2.uint32(1))], 'lives'],
  ['4.2', 'SETTINGS over the largest frame', [h2.frame(h2.SETTINGS, 0, 0, Buffer.alloc(16_386))], size],
  ['4.2', 'HEADERS over the largest frame', [h2.headers(1, Buffer.alloc(16_385))], size],
  ['4.2', 'a length of 2^24-1 before anything else came', [h2.frame(h2.HEADERS, 4, 1, NONE, 2 ** 24 - 1)], size],
  ['4.2', 'DATA over the largest frame', [OPEN, h2.data(1, Buffer.alloc(16_385))], { goaway: [h2.FRAME_SIZE_ERROR, h2.FLOW_CONTROL_ERROR] }],
  ['4.2', 'an unknown frame over the largest', [h2.frame(0x42, 0, 0, Buffer.alloc(16_385))], size],
  ['4.3', 'a block that is cut', [h2.headers(1, FIELDS.subarray(0, FIELDS.length - 1))], compression],
  ['4.3', 'an index that stands for nothing', [h2.headers(1, indexed(4000))], compression],
  ['4.3', 'a broken block in trailers', [OPEN, h2.headers(1, indexed(0), h2.END_HEADERS | h2.END_STREAM)], compression],
  ['4.3', 'a broken block on a stream that was reset', [OPEN, h2.reset(1), h2.headers(1, indexed(99), 5)], { goaway: [h2.COMPRESSION_ERROR, h2.STREAM_CLOSED] }],
  ['5.1', 'DATA on an idle stream', [h2.data(1, NONE)], protocol],
  ['5.1', 'RST_STREAM on an idle stream', [h2.reset(1)], protocol],
  ['5.1', 'WINDOW_UPDATE on an idle stream', [h2.windowUpdate(1, 1)], protocol],
  ['5.1', 'CONTINUATION on an idle stream', [h2.frame(h2.CONTINUATION, 4, 1, FIELDS)], protocol],
  ['5.1', 'DATA after END_STREAM', [HALF_CLOSED, h2.data(1, Buffer.from('x'))], { reset: h2.STREAM_CLOSED }],
  ['5.1', 'HEADERS after END_STREAM', [HALF_CLOSED, h2.headers(1, FIELDS, 5)], { reset: h2.STREAM_CLOSED }],
  ['5.1', 'WINDOW_UPDATE after END_STREAM', [HALF_CLOSED, h2.windowUpdate(1, 1)], 'lives'],
  ['5.1', 'PRIORITY after END_STREAM', [HALF_CLOSED, h2.frame(h2.PRIORITY, 0, 1, Buffer.alloc(5))], 'lives'],
  ['5.1', 'RST_STREAM after END_STREAM', [HALF_CLOSED, h2.reset(1)], 'lives'],
  ['5.1', 'RST_STREAM twice', [HALF_CLOSED, h2.reset(1), h2.reset(1)], 'lives'],
  ['5.1', 'WINDOW_UPDATE after RST_STREAM', [OPEN, h2.reset(1), h2.windowUpdate(1, 1)], 'lives'],
  ['5.1', 'PRIORITY for a stream that nobody opened', [h2.frame(h2.PRIORITY, 0, 999, h2.uint32(3, 0).subarray(0, 5))], 'lives'],
  ['5.1.1', 'a stream with an even number', [h2.headers(2, FIELDS, 5)], protocol],
  ['5.1.1', 'a number below one that was used', [request(5, ECHO, h2.message('x')), h2.headers(3, FIELDS, 5)], protocol],
  ['6.1', 'DATA on stream 0', [h2.data(0, NONE)], protocol],
  ['6.1', 'padding as long as the payload', [OPEN, h2.data(1, Buffer.from([3, 0, 0]), h2.PADDED)], protocol],
  ['6.1', 'padding flagged and nothing there', [OPEN, h2.data(1, NONE, h2.PADDED)], { goaway: [h2.FRAME_SIZE_ERROR, h2.PROTOCOL_ERROR] }],
  ['6.1', 'padding and nothing else', [OPEN, h2.data(1, Buffer.from([2, 0, 0]), h2.PADDED)], 'lives'],
  ['6.2', 'HEADERS on stream 0', [h2.headers(0, FIELDS)], protocol],
  ['6.2', 'HEADERS with more padding than payload', [h2.headers(1, Buffer.concat([Buffer.from([200]), FIELDS.subarray(0, 50)]), 0xc)], protocol],
  ['6.2', 'HEADERS flagged PRIORITY with four bytes', [h2.headers(1, Buffer.alloc(4), 0x24)], size],
  ['6.2', 'HEADERS padded where no byte says how much', [h2.headers(1, NONE, 0xc)], { goaway: [h2.FRAME_SIZE_ERROR, h2.PROTOCOL_ERROR] }],
  ['6.3', 'PRIORITY on stream 0', [h2.frame(h2.PRIORITY, 0, 0, Buffer.alloc(5))], protocol],
  ['6.3', 'PRIORITY of four bytes', [OPEN, h2.frame(h2.PRIORITY, 0, 1, Buffer.alloc(4))], { reset: h2.FRAME_SIZE_ERROR }],
  ['6.4', 'RST_STREAM on stream 0', [h2.reset(0)], protocol],
  ['6.4', 'RST_STREAM of five bytes', [OPEN, h2.frame(h2.RST_STREAM, 0, 1, Buffer.alloc(5))], size],
  ['6.4', 'an error code that is unknown', [HALF_CLOSED, h2.reset(1, 0xdeadbeef)], 'lives'],
  ['6.5', 'SETTINGS on a stream', [h2.frame(h2.SETTINGS, 0, 1, NONE)], protocol],
  ['6.5', 'an acknowledgement with a payload', [h2.frame(h2.SETTINGS, h2.ACK, 0, Buffer.alloc(6))], size],
  ['6.5', 'SETTINGS of five bytes', [h2.frame(h2.SETTINGS, 0, 0, Buffer.alloc(5))], size],
  ['6.5.2', 'ENABLE_PUSH of 2', [h2.settings([h2.ENABLE_PUSH, 2])], protocol],
  ['6.5.2', 'ENABLE_PUSH of 0 and 1', [h2.settings([h2.ENABLE_PUSH, 0], [h2.ENABLE_PUSH, 1])], 'lives'],
  ['6.5.2', 'INITIAL_WINDOW_SIZE of 2^31', [h2.settings([h2.INITIAL_WINDOW_SIZE, 2 ** 31])], flow],
  ['6.5.2', 'INITIAL_WINDOW_SIZE of 2^31-1', [h2.settings([h2.INITIAL_WINDOW_SIZE, MAX_WINDOW])], 'lives'],
  ['6.5.2', 'MAX_FRAME_SIZE of 16,383', [h2.settings([h2.MAX_FRAME_SIZE, 16_383])], protocol],
  ['6.5.2', 'MAX_FRAME_SIZE of 2^24', [h2.settings([h2.MAX_FRAME_SIZE, 2 ** 24])], protocol],
  ['6.5.2', 'MAX_FRAME_SIZE of 2^24-1', [h2.settings([h2.MAX_FRAME_SIZE, 2 ** 24 - 1])], 'lives'],
  ['6.5.2', 'parameters that are unknown', [h2.settings([0xaaaa, 1], [0, 7], [0xffff, 0xffffffff])], 'lives'],
  ['6.5.2', 'a good parameter before a bad one', [h2.settings([h2.HEADER_TABLE_SIZE, 0], [h2.ENABLE_PUSH, 9])], protocol],
  ['6.6', 'PUSH_PROMISE by a client', [OPEN, h2.frame(h2.PUSH_PROMISE, 4, 1, Buffer.concat([h2.uint32(2), FIELDS]))], protocol],
  ['6.7', 'PING of seven bytes', [h2.ping(Buffer.alloc(7))], size],
  ['6.7', 'PING on a stream', [h2.frame(h2.PING, 0, 1, Buffer.alloc(8))], protocol],
  ['6.7', 'an answer to a PING that was not sent', [h2.ping(Buffer.alloc(8, 'z'), h2.ACK)], 'lives'],
  ['6.8', 'GOAWAY on a stream', [h2.frame(h2.GOAWAY, 0, 1, Buffer.alloc(8))], protocol],
  ['6.8', 'GOAWAY of seven bytes', [h2.frame(h2.GOAWAY, 0, 0, Buffer.alloc(7))], size],
  ['6.9', 'WINDOW_UPDATE of 0 for the connection', [h2.windowUpdate(0, 0)], protocol],
  ['6.9', 'WINDOW_UPDATE of 0 for a stream', [OPEN, h2.windowUpdate(1, 0)], { reset: h2.PROTOCOL_ERROR }],
  ['6.9', 'WINDOW_UPDATE of three bytes', [h2.frame(h2.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))], size],
  ['6.9', 'the reserved bit of an increment', [h2.windowUpdate(0, 0x80000001)], 'lives'],
  ['6.9.1', 'a window of the connection above 2^31-1', [h2.windowUpdate(0, MAX_WINDOW)], flow],
  ['6.9.1', 'a window of a stream above 2^31-1', [HALF_CLOSED, h2.windowUpdate(1, MAX_WINDOW)], { reset: h2.FLOW_CONTROL_ERROR }],
  ['6.9.2', 'SETTINGS that lift a window above 2^31-1', [HALF_CLOSED, h2.windowUpdate(1, MAX_WINDOW - 65_535), h2.settings([h2.INITIAL_WINDOW_SIZE, 65_536])], flow],
  ['6.10', 'CONTINUATION after a block that was whole', [h2.headers(1, HANGING), h2.frame(h2.CONTINUATION, 4, 1, NONE)], protocol],
  ['6.10', 'CONTINUATION on stream 0', [h2.headers(1, FIELDS, 0), h2.frame(h2.CONTINUATION, 4, 0, NONE)], protocol],
  ['6.10', 'CONTINUATION of another stream', [h2.headers(1, FIELDS, 0), h2.frame(h2.CONTINUATION, 4, 3, NONE)], protocol],
  ['6.10', 'PING inside of a block', [h2.headers(1, FIELDS, 0), h2.ping(Buffer.alloc(8))], protocol],
  ['6.10', 'an unknown frame inside of a block', [h2.headers(1, FIELDS, 0), h2.frame(0x42, 0, 1, NONE)], protocol],
  ['6.10', 'DATA of its own stream inside of a block', [h2.headers(1, FIELDS, 0), h2.data(1, NONE)], protocol],
  ['6.10', 'empty CONTINUATION frames, a few', [h2.headers(1, HANGING, 0), h2.frame(h2.CONTINUATION, 0, 1, NONE), h2.frame(h2.CONTINUATION, 4, 1, NONE)], 'lives'],
];

/** What may still come for a stream when its answer has been read. */
// biome-ignore format: a table, one row a line
export const CLOSED_ROWS: readonly Row[] = [
  ['5.1', 'DATA on a closed stream', [h2.data(1, Buffer.from('x'))], { reset: h2.STREAM_CLOSED, orGoaway: true }],
  ['5.1', 'HEADERS on a closed stream', [h2.headers(1, FIELDS, 5)], { goaway: [h2.STREAM_CLOSED, h2.PROTOCOL_ERROR] }],
  ['5.1', 'WINDOW_UPDATE on a closed stream', [h2.windowUpdate(1, 1)], 'lives'],
  ['5.1', 'RST_STREAM on a closed stream', [h2.reset(1)], 'lives'],
  ['5.1', 'PRIORITY on a closed stream', [h2.frame(h2.PRIORITY, 0, 1, Buffer.alloc(5))], 'lives'],
];
