/** Builtins that only tests know, and the file that policy threads which know them start with. */
import { isMainThread } from 'node:worker_threads';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { serveThread } from '../../src/policy/threads/serve-thread.ts';

const EXTRA: readonly Builtin[] = [
  {
    name: 'test.spin',
    effects: [],
    // Nothing can interrupt it but the end of its thread.
    call: (_context, ms) => {
      const endMs = performance.now() + Number(ms);
      while (performance.now() < endMs);
      return ms ?? null;
    },
  },
  {
    name: 'test.exhaust',
    effects: [],
    call: () => {
      const kept: string[][] = [];
      for (;;) kept.push(Array.from({ length: 1000 }, (_, index) => `${kept.length} ${index}`));
    },
  },
  { name: 'test.exit', effects: [], call: () => process.exit(7) },
];

export const TEST_BUILTINS: ReadonlyMap<string, Builtin> = new Map([
  ...BUILTINS,
  ...EXTRA.map((builtin): [string, Builtin] => [builtin.name, builtin]),
]);

export const EXTRA_BUILTINS: readonly { name: string; arity: number }[] = EXTRA.map(({ name, call }) => ({
  name,
  arity: Math.max(1, call.length - 1),
}));

export const THREAD_FILE: URL = new URL(import.meta.url);

if (!isMainThread) await serveThread(TEST_BUILTINS);
