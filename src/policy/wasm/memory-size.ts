/** How large memories of modules are, and those that are used again. */
import type { ModuleDescriptor } from '../descriptor.ts';
import { PAGE_BYTES } from './abi.ts';
import type { DataSegment } from './heap-image.ts';

/** Room beyond the module's static data and the base data, so that ordinary evaluations do not grow the memory. */
export const HEADROOM_PAGES: number = 16;
/** 2 GiB less a page: WebAssembly hands addresses to JavaScript as signed numbers. */
const MAX_PAGES = 32_767;

/** What a module's memory may grow to. */
export function maxPagesOf({ memoryPages }: ModuleDescriptor, maxBytes: number): number {
  return Math.min(Math.floor(maxBytes / PAGE_BYTES), memoryPages.maximum ?? MAX_PAGES, MAX_PAGES);
}

export function newMemory(initialPages: number, maximumPages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.min(initialPages, maximumPages), maximum: maximumPages });
}

/** How many pages an instance with base data up to an address begins with. */
export const pagesFor = (end: number): number => Math.ceil(end / PAGE_BYTES) + HEADROOM_PAGES;

/** A memory for base data up to `end`: a used one with room for it, whose data begins at `start`, or else a new one. */
export function memoryFor(
  { start, end }: DataSegment,
  maximumPages: number,
  used: WebAssembly.Memory | undefined,
): WebAssembly.Memory {
  if (used === undefined) return newMemory(pagesFor(end), maximumPages);
  // As if it were new: the module's start function and data segments expect zeros.
  Buffer.from(used.buffer).fill(0, 0, start);
  return used;
}

/** Up to the next multiple of 8, so that the module's values do not straddle words. */
export function align(address: number): number {
  return (address + 7) & ~7;
}
