/** How large memories of modules are. */
import type { ModuleDescriptor } from '../descriptor.ts';
import { PAGE_BYTES } from './abi.ts';

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

/** Up to the next multiple of 8, so that the module's values do not straddle words. */
export function align(address: number): number {
  return (address + 7) & ~7;
}
