/** From what was written to the configuration in effect: schema, checks across fields, defaults that follow from others. */
import { join } from 'node:path';
import { formatAddress, MAX_SOCKET_PATH_BYTES } from './address.ts';
import { crossChecks } from './cross-checks.ts';
import { issueMessage, mistakesOf } from './explain.ts';
import type { ConfigPath, Mistake } from './mistake.ts';
import { resolvePaths } from './resolve-paths.ts';
import { type Config, type ConfigDraft, configSchema } from './schema.ts';

export type ParseResult =
  | { readonly config: Config; readonly mistakes: readonly [] }
  | { readonly config: undefined; readonly mistakes: readonly Mistake[] };

/**
 * Checks a configuration as written and gives it complete and frozen, or every mistake in it.
 * `folderOf` gives the folder that a relative path at a place is relative to.
 */
export function parseConfig(written: unknown, folderOf: (path: ConfigPath) => string): ParseResult {
  // Code for schemas that are used once would take longer to make than they take.
  const result = configSchema.safeParse(written, { reportInput: true, error: issueMessage, jitless: true });
  const mistakes = [...mistakesOf(result.error?.issues ?? []), ...crossChecks(written)];
  if (!result.success || mistakes.length > 0) return { config: undefined, mistakes };
  const config = complete(resolvePaths(result.data, folderOf) as ConfigDraft);
  const tooLong = socketMistakes(config);
  return tooLong.length > 0
    ? { config: undefined, mistakes: tooLong }
    : { config: freeze(config), mistakes: [] };
}

function complete(draft: ConfigDraft): Config {
  if (draft.admin === false) return { ...draft, admin: false };
  const { address: chosen, ...rest } = draft.admin;
  const address = chosen ?? { kind: 'unix', path: join(draft.stateDir, 'admin.sock') };
  return { ...draft, admin: { address, insecure: false, ...rest } };
}

function socketMistakes(config: Config): Mistake[] {
  return (['grpc', 'http', 'admin'] as const).flatMap((name) => {
    const listener = config[name];
    if (listener === false || listener.address.kind !== 'unix') return [];
    if (Buffer.byteLength(listener.address.path) <= MAX_SOCKET_PATH_BYTES) return [];
    const message = `${formatAddress(listener.address)} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes that a socket's path may have`;
    return [{ path: [name, 'address'], message }];
  });
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
