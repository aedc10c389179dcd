import { PortcullisError } from '../../errors.ts';
import { NETWORK_BUILTINS } from '../network/builtins.ts';

/**
 * Refuses a module that calls builtins which are not offered.
 * @throws PortcullisError `bundle_builtin_unknown`: naming each of them.
 */
export function checkBuiltins(
  bundle: string,
  called: readonly string[],
  offered: { has(name: string): boolean },
): void {
  const unknown = called.filter((name) => !offered.has(name)).sort();
  if (unknown.length === 0) return;
  const hint = unknown.some((name) => NETWORK_BUILTINS.has(name))
    ? '; http.send and net.lookup_ip_addr are offered where `network` in the configuration lists hosts (docs/builtins.md)'
    : '';
  throw new PortcullisError(
    'bundle_builtin_unknown',
    `module of bundle "${bundle}" calls builtins that this server does not offer: ${unknown.join(', ')}${hint}`,
  );
}
