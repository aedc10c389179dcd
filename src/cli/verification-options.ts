/** How commands are told which signature a bundle must carry. */
import type { Command } from 'commander';
import type { Verification } from '../bundle/open.ts';
import type { SignatureRules } from '../bundle/signature.ts';
import { PortcullisError } from '../errors.ts';
import { collect } from './config-options.ts';
import type { CliIo } from './io.ts';
import { parseAlgorithm, readVerificationKey } from './key-files.ts';

export interface VerificationOptions {
  readonly key: readonly string[];
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly scope?: string;
  readonly excludeFile: readonly string[];
}

/** Adds `--key` and what goes with it. */
export function withVerificationOptions(command: Command): Command {
  return command
    .option(
      '-k, --key <[id=]file>',
      'public key to verify with (PEM, certificate or JWK); may be repeated',
      collect,
      [],
    )
    .option(
      '--key-id <id>',
      'verify with this key, whatever the signature names (default: the only key, unless it has an id)',
    )
    .option('--algorithm <name>', "the keys' signature algorithm (default: the key's own)")
    .option('--scope <text>', 'the scope that the signature must carry')
    .option(
      '--exclude-file <glob>',
      'leave these files out instead of verifying them; may be repeated',
      collect,
      [],
    );
}

/** Undefined when no key is given. Throws PortcullisError: `io_failed`, `key_invalid`, `usage`. */
export async function readSignatureRules(
  io: CliIo,
  options: VerificationOptions,
): Promise<SignatureRules | undefined> {
  const [first] = options.key;
  if (first === undefined) return undefined;
  const algorithm = options.algorithm === undefined ? undefined : parseAlgorithm(options.algorithm);
  const keys = await Promise.all(options.key.map((text) => readVerificationKey(io, text, algorithm)));
  const only = keys.length === 1 && !first.includes('=') ? keys[0]?.id : undefined;
  const keyId = options.keyId ?? only;
  return {
    keys: new Map(keys.map(({ id, key }) => [id, key])),
    excludeFiles: options.excludeFile,
    ...(keyId === undefined ? {} : { keyId }),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
  };
}

/** Either keys or `--unsigned`, never neither. Throws PortcullisError: `usage`, `io_failed`, `key_invalid`. */
export async function readVerification(
  io: CliIo,
  options: VerificationOptions & { readonly unsigned?: boolean },
): Promise<Verification> {
  const rules = await readSignatureRules(io, options);
  if (options.unsigned === true) {
    if (rules === undefined) return 'unsigned-allowed';
    throw new PortcullisError('usage', 'give either --key or --unsigned');
  }
  if (rules !== undefined) return rules;
  throw new PortcullisError('usage', 'give the key to verify with: --key <file>; or --unsigned');
}
