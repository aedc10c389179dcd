import { readFile } from 'node:fs/promises';
import type { ExtAuthzConfig } from '../config/ext-authz.ts';
import type { Config } from '../config/schema.ts';
import { PortcullisError } from '../errors.ts';
import { GrpcBodies } from '../services/ext-authz/body/grpc-body.ts';
import type { ExtAuthzOptions } from '../services/ext-authz/check-question.ts';
import type { RouteOptions } from '../services/ext-authz/route-choice.ts';

/**
 * Envoy's external authorization as configured, with the bytes of its descriptor set; undefined where it is not offered. Throws
 * `config_invalid`.
 */
export function extAuthzOptions(
  { extAuthz, policySets }: Config,
  descriptorSetBytes: Uint8Array | undefined,
): ExtAuthzOptions | undefined {
  if (extAuthz === undefined) return undefined;
  const { descriptorSet: _, ...rest } = extAuthz;
  return {
    ...rest,
    ...routeOptions({ policySets }, extAuthz),
    grpc: descriptorSetBytes && GrpcBodies.fromDescriptorSet(descriptorSetBytes),
  };
}

/** The descriptor set that the configuration names, if it does. Rejects with `io_failed`. */
export async function readDescriptorSet({ extAuthz }: Config): Promise<Uint8Array | undefined> {
  const file = extAuthz?.descriptorSet;
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PortcullisError('io_failed', `extAuthz.descriptorSet: ${file} cannot be read`, { cause });
  }
}

/** Which policy answers Envoy. */
export function routeOptions(
  { policySets }: Pick<Config, 'policySets'>,
  { policySet, entrypoint = '', choices }: ExtAuthzConfig,
): RouteOptions {
  const names = Object.keys(policySets);
  return { policySet: policySet ?? (names.length === 1 ? names[0]! : ''), entrypoint, choices };
}
