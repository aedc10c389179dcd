/**
 * Ways to a fresh instance with 1, 10 and 100 MB of base data: reading the JSON text, copying another instance's memory in
 * pieces, and renewing in place; and for one changed value, ABI 1.3's `opa_value_add_path` beside reading everything again.
 * `npx node bench/data-swap.ts` prints milliseconds of CPU and the longest time in which the event loop did nothing else.
 * docs/limits.md quotes it.
 */
import type { ModuleDescriptor } from '../src/policy/descriptor.ts';
import { instantiate, type ModuleExports } from '../src/policy/wasm/abi.ts';
import { type InstanceHost, WasmInstance } from '../src/policy/wasm/instance.ts';
import { policySet } from '../test/support/rego-module.ts';

const MB = 1e6;
const MAX_BYTES = 2 ** 31;
const host: InstanceHost = { invoke: () => undefined, print: () => undefined };
const sources = {
  rego: 'package t\nrole := data.users[input].role\nchanged := data.users.u1.role',
  entrypoints: ['t/role', 't/changed'],
};

/** What grants look like: many small objects. */
function dataOf(bytes: number): Buffer {
  const users: string[] = [];
  for (let user = 0, length = 0; length < bytes; user++) {
    const text = `"u${user}":{"role":"r${user % 7}","teams":["t${user % 100}","t${user % 31}"],"active":true,"level":${user % 9}}`;
    users.push(text);
    length += text.length + 1;
  }
  return Buffer.from(`{"users":{${users.join()}}}`);
}

/** CPU milliseconds that something took, and the longest gap between turns of the event loop while it ran. */
async function timed(run: () => unknown): Promise<{ cpuMs: number; stallMs: number }> {
  let last = performance.now();
  let stallMs = 0;
  let done = false;
  const turn = (): void => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setImmediate(resolve));
  stallMs = 0;
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  await new Promise((resolve) => setImmediate(resolve));
  done = true;
  return { cpuMs: (user + system) / 1000, stallMs };
}

/** Milliseconds of one changed value in data that stays: patched, and stashed again. Bypasses WasmInstance, which has no patches. */
function patchMs(module: ModuleDescriptor, data: Buffer): number {
  const memory = new WebAssembly.Memory({ initial: module.memoryPages.minimum + 16, maximum: 32_767 });
  const instance = instantiate(module.module, memory, {
    abort: () => {
      (instance.exports['portcullis_fuel'] as WebAssembly.Global).value = 1_000_000;
    },
    println: () => undefined,
    callBuiltin: () => 0,
  });
  const exports = instance.exports as unknown as ModuleExports &
    Record<string, (...args: number[]) => number>;
  const parse = (json: Buffer): number => {
    const address = exports.opa_malloc(json.length);
    Buffer.from(memory.buffer).set(json, address);
    const value = exports.opa_value_parse(address, json.length);
    exports['opa_free']!(address);
    return value;
  };
  const root = parse(data);
  exports['opa_heap_blocks_stash']!();
  let end = exports.opa_heap_ptr_get();
  const rounds = 200;
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    exports.opa_heap_ptr_set(end);
    exports['opa_heap_blocks_restore']!();
    const value = parse(Buffer.from(`"r${round}"`));
    const path = parse(Buffer.from('["users","u1","role"]'));
    if (exports['opa_value_add_path']!(root, path, value) !== 0) throw new Error('not patched');
    exports['opa_value_free']!(path);
    exports['opa_heap_blocks_stash']!();
    end = exports.opa_heap_ptr_get();
  }
  return (performance.now() - startMs) / rounds;
}

const { modules } = await policySet(sources);
const module = modules[0]!;
const table: Record<string, Record<string, string>> = {};
for (const size of [1, 10, 100]) {
  const data = dataOf(size * MB);
  let instance: WasmInstance | undefined;
  const load = await timed(() => {
    instance = WasmInstance.load(module, data, host, MAX_BYTES);
  });
  const source = instance!;
  const input = Buffer.from('"u77"');
  const role = module.entrypoints['t/role']!;
  const evaluate = await timed(() => {
    for (let round = 0; round < 1000; round++) source.evaluate(role, input);
  });
  const copy = await timed(() => source.copied());
  let renewed: WasmInstance | undefined;
  const renew = await timed(() => {
    renewed = source.renewed();
  });
  if (renewed!.evaluate(role, input) !== '"r0"') throw new Error('wrong answer');
  const show = (number: number): string => number.toFixed(number < 10 ? 2 : 0);
  table[`${size} MB`] = {
    'memory, MB': show(renewed!.memoryBytes / MB),
    'load, ms': show(load.cpuMs),
    'stall by load, ms': show(load.stallMs),
    'copy, ms': show(copy.cpuMs),
    'stall by copy, ms': show(copy.stallMs),
    'renew, ms': show(renew.cpuMs),
    'patch, ms': patchMs(module, data).toFixed(4),
    'evaluation, µs': show(evaluate.cpuMs),
  };
}
console.table(table);
