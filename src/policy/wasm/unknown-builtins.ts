import { PortcullisError } from '../../errors.ts';
import { NETWORK_BUILTINS } from '../network/builtins.ts';

/** Why some builtins of OPA are not offered, and what to do instead. */
const REASONS: ReadonlyMap<string, string> = new Map([
  [
    'rego.parse_module',
    "rego.parse_module needs OPA's compiler, which a server does not have: parse modules where bundles are built (opa parse --format=json) " +
      'and give the policy the syntax trees as data',
  ],
  [
    'internal.test_case',
    "internal.test_case is for OPA's own test runner: keep it in test files, which bundles are built without",
  ],
]);

const NETWORK_REASON =
  'http.send and net.lookup_ip_addr are offered where `network` in the configuration lists hosts (docs/builtins.md)';

/**
 * Refuses a module that calls builtins which are not offered.
 * @throws PortcullisError `bundle_builtin_unknown`: naming each of them, with the reason and what to do where there is more to say.
 */
export function checkBuiltins(
  bundle: string,
  called: readonly string[],
  offered: { has(name: string): boolean },
): void {
  const unknown = called.filter((name) => !offered.has(name)).sort();
  if (unknown.length === 0) return;
  const reasons = unknown.flatMap((name) =>
    NETWORK_BUILTINS.has(name) ? [NETWORK_REASON] : (REASONS.get(name) ?? []),
  );
  const named = `module of bundle "${bundle}" calls builtins that this server does not offer: ${unknown.join(', ')}`;
  throw new PortcullisError('bundle_builtin_unknown', [named, ...new Set(reasons)].join('; '));
}
