import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { PortcullisError } from '../errors.ts';
import { GrpcBodies } from '../services/ext-authz/body/grpc-body.ts';
import type { ExtAuthzOptions } from '../services/ext-authz/check-question.ts';

/**
 * Envoy's external authorization as configured, its descriptor set read; undefined where it is not offered. Rejects with
 * `io_failed` and `config_invalid`.
 */
export async function extAuthzOptions({
  extAuthz,
  policySets,
}: Config): Promise<ExtAuthzOptions | undefined> {
  if (extAuthz === undefined) return undefined;
  const { policySet, entrypoint = '', descriptorSet, ...rest } = extAuthz;
  const names = Object.keys(policySets);
  return {
    ...rest,
    policySet: policySet ?? (names.length === 1 ? names[0]! : ''),
    entrypoint,
    grpc: descriptorSet === undefined ? undefined : GrpcBodies.fromDescriptorSet(await read(descriptorSet)),
  };
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PortcullisError('io_failed', `extAuthz.descriptorSet: ${file} cannot be read`, { cause });
  }
}
