/** The thread that `module-facts.ts` starts: compiles the module it is given, posts one ModuleReport and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPortcullisError } from '../errors.ts';
import { compileModule } from '../policy/wasm/compile.ts';
import type { ModuleReport } from './module-facts.ts';

/** Accepts every builtin, so that those which are not offered can be listed too. */
const ANY_BUILTIN: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
parentPort?.postMessage(await report(workerData as Uint8Array));

async function report(bytes: Uint8Array): Promise<ModuleReport> {
  try {
    const { builtins, memoryPages } = await compileModule('inspected', bytes, ANY_BUILTIN);
    return { facts: { builtins: Object.keys(builtins).sort(), memoryPages: memoryPages.minimum } };
  } catch (thrown) {
    const { code, message } = toPortcullisError(thrown);
    return { refusal: { code, message } };
  }
}
