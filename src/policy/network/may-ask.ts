import type { Builtin } from '../builtins/builtin.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';

/** Whether the module of an entrypoint calls builtins that use the network. */
export function mayAskNetwork(
  { modules }: PolicySetDescriptor,
  entrypoint: string,
  builtins: ReadonlyMap<string, Builtin>,
): boolean {
  const owner = modules.find((module) => Object.hasOwn(module.entrypoints, entrypoint));
  const names = Object.keys(owner?.builtins ?? {});
  return names.some((name) => builtins.get(name)?.effects.includes('network'));
}
