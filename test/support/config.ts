/** Configurations for tests, loaded from text. */
import assert from 'node:assert/strict';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { PortcullisError } from '../../src/errors.ts';

/** The smallest policy sets, on one line. */
export const SETS: string = `policySets: { shop: { bundles: { policy: { source: 'file:a.tar.gz', unsigned: allow } } } }`;

export interface Given {
  readonly yaml?: string;
  readonly environment?: Record<string, string>;
  readonly set?: readonly string[];
}

/** Loads what is given as if it lay in `/etc/pc`; the working folder is `/work`. */
export function load({ yaml = SETS, environment = {}, set = [] }: Given): Promise<LoadedConfig> {
  const readFile = (): Promise<string> => Promise.resolve(yaml);
  return loadConfig({ file: '/etc/pc/portcullis.yaml', environment, set, cwd: '/work', readFile });
}

/** The message of all mistakes; fails when there are none. */
export async function mistakes(given: Given): Promise<string> {
  const error = await load(given).then(
    () => assert.fail('no mistake found'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof PortcullisError, String(error));
  assert.equal(error.code, 'config_invalid');
  return error.message;
}
