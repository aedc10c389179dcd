import type { ErrorCode, PortcullisError } from '../errors.ts';
import type { ExitCode } from './io.ts';

/** Mistakes of whoever typed the command or wrote the configuration. */
const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'usage',
  'config_invalid',
  'key_invalid',
  'invalid_request',
  'json_invalid',
  'json_duplicate_key',
  'json_number_too_large',
  'json_too_deep',
  'json_too_large',
  'unknown_policy_set',
  'unknown_entrypoint',
]);

/** What an error that ends a command means to the shell. */
export function exitCodeOf(error: PortcullisError): ExitCode {
  if (USAGE.has(error.code)) return 2;
  const verdict = /^(?:archive|signature|bundle)_/.test(error.code);
  return verdict || error.code === 'tests_failed' || error.code === 'build_failed' ? 1 : 3;
}
