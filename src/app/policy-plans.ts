import { readFile } from 'node:fs/promises';
import { loadVerificationKey, type VerificationKey } from '../bundle/keys.ts';
import type { Verification } from '../bundle/open.ts';
import type { Environment } from '../config/environment.ts';
import type { KeyConfig } from '../config/keys.ts';
import type { BundleConfig } from '../config/policy-sets.ts';
import type { Config } from '../config/schema.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { PolicySetPlan } from '../reload/control-plane.ts';
import { FileSource } from '../reload/file-source.ts';

/** What the configuration says of policy sets, with their keys loaded. Throws `config_invalid`, `key_invalid`, `io_failed`. */
export async function policyPlans(config: Config, environment: Environment): Promise<PolicySetPlan[]> {
  const keys = new Map<string, VerificationKey>();
  for (const [name, key] of Object.entries(config.keys))
    keys.set(name, await loadKey(name, key, environment));
  const { maxArchiveBytes, ...limits } = config.limits.bundle;
  return Object.entries(config.policySets).map(([name, set]) => ({
    rules: {
      name,
      entrypoints: set.entrypoints,
      defaultEntrypoint: set.defaultEntrypoint,
      planned: Object.keys(set.evaluators).filter((path) => set.evaluators[path] === 'plan'),
    },
    bundles: Object.entries(set.bundles).map(([bundle, rules]) => ({
      rules: {
        name: bundle,
        limits,
        verification: verificationOf(rules, keys),
        requireVectors: rules.requireVectors,
      },
      source: new FileSource(rules.source.path, maxArchiveBytes),
      maxStalenessMs: rules.maxStaleness,
    })),
  }));
}

function verificationOf(
  { verification }: BundleConfig,
  keys: ReadonlyMap<string, VerificationKey>,
): Verification {
  if (verification === undefined) return 'unsigned-allowed';
  return { ...verification, keys: new Map(verification.keys.map((name) => [name, keys.get(name)!])) };
}

async function loadKey(name: string, key: KeyConfig, environment: Environment): Promise<VerificationKey> {
  try {
    return loadVerificationKey({ algorithm: key.algorithm, text: await keyText(key, environment) });
  } catch (thrown) {
    const { code, message } = toPortcullisError(thrown, 'io_failed');
    throw new PortcullisError(code, `keys.${name}: ${message}`, { cause: thrown });
  }
}

async function keyText(key: KeyConfig, environment: Environment): Promise<string> {
  if (key.file !== undefined) return await readFile(key.file, 'utf8');
  const text = environment[key.env!];
  if (text === undefined) throw new PortcullisError('config_invalid', `the variable ${key.env} is not set`);
  return text;
}
