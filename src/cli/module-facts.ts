/** What a module says about itself, asked where it can be stopped. */
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, PortcullisError } from '../errors.ts';

export interface ModuleFacts {
  readonly memoryPages: number;
  /** The host builtins it calls, sorted. */
  readonly builtins: readonly string[];
}

/** What the thread sends back. */
export type ModuleReport =
  | { readonly facts: ModuleFacts }
  | { readonly refusal: { readonly code: ErrorCode; readonly message: string } };

const TIMEOUT_MS = 10_000;

/**
 * The tables of a module can only be had by running it, and nobody vouches for a module that is being inspected: it runs
 * in a thread of its own, which is ended when it takes longer than `timeoutMs`. Undefined then.
 * Throws PortcullisError `bundle_module_invalid`.
 */
export async function moduleFacts(
  bytes: Uint8Array,
  timeoutMs: number = TIMEOUT_MS,
): Promise<ModuleFacts | undefined> {
  // The thread's file ends as this one does: .ts from the sources, .js once they are built.
  const file = new URL(`./module-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: bytes, env: {} });
  try {
    const [report] = (await once(worker, 'message', { signal: AbortSignal.timeout(timeoutMs) })) as [
      ModuleReport,
    ];
    if ('facts' in report) return report.facts;
    throw new PortcullisError(report.refusal.code, report.refusal.message);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'AbortError') return undefined;
    throw thrown;
  } finally {
    await worker.terminate();
  }
}
