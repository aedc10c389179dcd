/** Asks a running server's admin service about its decision cache. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { PortcullisError } from '../errors.ts';
import {
  AdminService,
  CacheOffReasonSchema,
  type EntrypointCache,
  FlushCacheRequestSchema,
  FlushCacheResponseSchema,
  GetCacheRequestSchema,
  GetCacheResponseSchema,
  SetCacheRequestSchema,
  SetCacheResponseSchema,
} from '../gen/portcullis/v1/admin_pb.ts';
import { type AskOptions, callServer } from './rpc-client.ts';

/** What of the cache is meant; empty names mean all. */
export type Scope = Pick<MessageInitShape<typeof FlushCacheRequestSchema>, 'policySet' | 'entrypoint'>;

/** The cache as it is printed. */
export interface CacheShown {
  readonly enabled: boolean;
  readonly entries: number;
  readonly maxEntries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entrypoints: readonly EntrypointShown[];
}

/** One entrypoint's part of the cache as it is printed. */
export interface EntrypointShown {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly enabled: boolean;
  /** `configuration`, `operator`, `difference`; left out while it is on. */
  readonly offReason?: string;
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: Readonly<Record<string, number>>;
  readonly uncacheable: Readonly<Record<string, number>>;
  readonly shadow: Readonly<Record<string, number>>;
}

async function callAdmin<Response>(
  method: 'getCache' | 'flushCache' | 'setCache',
  request: Uint8Array,
  decode: (bytes: Buffer) => Response,
  options: AskOptions,
): Promise<Response> {
  const path = `/${AdminService.typeName}/${AdminService.method[method].name}`;
  try {
    return await callServer(path, request, decode, options);
  } catch (thrown) {
    if (!(thrown instanceof PortcullisError) || thrown.code !== 'unimplemented') throw thrown;
    const message = `${options.address} is not the admin listener: its address is in the server's log line “listening”`;
    throw new PortcullisError('unimplemented', message, { cause: thrown });
  }
}

/** Throws as `callServer`, and so do the others. */
export async function askCache(options: AskOptions): Promise<CacheShown> {
  const request = toBinary(GetCacheRequestSchema, create(GetCacheRequestSchema));
  const decode = (bytes: Buffer) => fromBinary(GetCacheResponseSchema, bytes);
  const { enabled, entrypoints, ...sizes } = await callAdmin('getCache', request, decode, options);
  return {
    enabled,
    entries: Number(sizes.entries),
    maxEntries: Number(sizes.maxEntries),
    bytes: Number(sizes.bytes),
    maxBytes: Number(sizes.maxBytes),
    entrypoints: entrypoints.map((part) => shown(part)),
  };
}

/** Gives how many answers were forgotten. */
export async function flushCache(scope: Scope, options: AskOptions): Promise<number> {
  const request = toBinary(FlushCacheRequestSchema, create(FlushCacheRequestSchema, scope));
  const decode = (bytes: Buffer) => fromBinary(FlushCacheResponseSchema, bytes);
  return Number((await callAdmin('flushCache', request, decode, options)).entries);
}

/** Gives the entrypoints that were meant, as they are then. */
export async function setCache(
  scope: Scope,
  enabled: boolean,
  options: AskOptions,
): Promise<readonly EntrypointShown[]> {
  const request = toBinary(SetCacheRequestSchema, create(SetCacheRequestSchema, { ...scope, enabled }));
  const decode = (bytes: Buffer) => fromBinary(SetCacheResponseSchema, bytes);
  const { entrypoints } = await callAdmin('setCache', request, decode, options);
  return entrypoints.map((part) => shown(part));
}

function shown(part: EntrypointCache): EntrypointShown {
  const { policySet, entrypoint, enabled, offReason, evictions, uncacheable, shadow } = part;
  const reason = CacheOffReasonSchema.value[offReason]?.name ?? String(offReason);
  return {
    policySet,
    entrypoint,
    enabled,
    ...(!enabled && { offReason: reason.replace(/^CACHE_OFF_REASON_/, '').toLowerCase() }),
    entries: Number(part.entries),
    bytes: Number(part.bytes),
    hits: Number(part.hits),
    misses: Number(part.misses),
    evictions: numbers(evictions ?? {}),
    uncacheable: numbers(uncacheable),
    shadow: numbers(shadow ?? {}),
  };
}

/** The counts of a message or map, as numbers. */
const numbers = (of: object): Record<string, number> =>
  Object.fromEntries(
    Object.entries(of).flatMap(([name, count]) => (typeof count === 'bigint' ? [[name, Number(count)]] : [])),
  );
