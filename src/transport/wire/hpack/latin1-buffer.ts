/** Node's own reader of latin1 texts, which `toString('latin1')` calls after looking at its arguments: those cost as much again. */
import type { Buffer } from 'node:buffer';

export type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };
