import { slotAt } from './scan-check.ts';
import * as memory from './scan-memory.ts';
import { scanned, textAt } from './scan-memory.ts';

const { slots } = memory;

export const HEADERS: number = slotAt('attributes', 'request', 'http', 'headers');
export const CONTEXT_EXTENSIONS: number = slotAt('attributes', 'contextExtensions');
export const HTTP_METHOD: number = slotAt('attributes', 'request', 'http', 'method');
export const HTTP_PATH: number = slotAt('attributes', 'request', 'http', 'path');
export const BODY: number = slotAt('attributes', 'request', 'http', 'body');
export const RAW_BODY: number = slotAt('attributes', 'request', 'http', 'rawBody');
const HEADER_MAP: number = slotAt('attributes', 'request', 'http', 'headerMap', 'headers');

/** The text of a field, empty where it did not come. */
export const slotText = (slot: number): string => textAt(slots[slot * 2]!, slots[slot * 2 + 1]!);

export const isEmptySlot = (slot: number): boolean => slots[slot * 2] === slots[slot * 2 + 1];

/** Whether a map has no entries. */
export const isEmptyMap = (slot: number): boolean => slots[slot * 2 + 1] === 0;

/** Whether the headers come in a form that only the decoder reads. */
export const hasHeaderMapOnly = (): boolean =>
  slots[HEADER_MAP * 2 + 1] !== 0 && slots[HEADERS * 2 + 1] === 0;

/** The bytes of a field, as a view on the message. */
export const slotBytes = (slot: number): Uint8Array =>
  scanned.bytes.subarray(slots[slot * 2], slots[slot * 2 + 1]);
