import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CacheControl } from '../decision/planes.ts';
import { PortcullisError } from '../errors.ts';
import {
  type BundleStatusSchema,
  FlushCacheRequestSchema,
  FlushCacheResponseSchema,
  GetCacheRequestSchema,
  GetCacheResponseSchema,
  GetStatusRequestSchema,
  GetStatusResponseSchema,
  ReloadBundleRequestSchema,
  ReloadBundleResponseSchema,
  SetCacheRequestSchema,
  SetCacheResponseSchema,
} from '../gen/portcullis/v1/admin_pb.ts';
import type { BundleStatus, ServerStatus } from '../observe/status.ts';
import type { CallContext, RpcMethod } from '../rpc.ts';
import type { Authorizer } from './authorize.ts';
import { cacheMessage, entrypointMessage } from './cache-message.ts';
import { readMessage } from './read-message.ts';

export interface AdminServiceParts {
  readonly authorize: Authorizer;
  readonly status: () => ServerStatus;
  /** Fetches a bundle now; it is active or waits for its neighbour afterwards. Throws `not_found` for a bundle that is not configured, and whatever refuses the new archive. */
  readonly reload: (policySet: string, bundle: string, signal: AbortSignal) => Promise<ReloadResult>;
  readonly cache: CacheControl;
}

interface ReloadResult {
  /** An archive was fetched and taken; false when the source held nothing new. */
  readonly changed: boolean;
  readonly bundle: BundleStatus;
}

/** `portcullis.v1.AdminService`; see the comments of admin.proto. */
export function adminMethods(parts: AdminServiceParts): RpcMethod[] {
  const { authorize, cache } = parts;
  const method = <I extends DescMessage, O extends DescMessage>(
    name: string,
    input: I,
    output: O,
    answer: (request: ReturnType<typeof readMessage<I>>, call: CallContext) => Answer<O> | Promise<Answer<O>>,
  ): RpcMethod => ({
    path: `/portcullis.v1.AdminService/${name}`,
    kind: 'unary',
    handler: async (bytes, call) => {
      authorize(call.peer, 'admin');
      return toBinary(output, create(output, await answer(readMessage(input, bytes), call)));
    },
  });
  return [
    method('GetStatus', GetStatusRequestSchema, GetStatusResponseSchema, () => statusMessage(parts.status())),
    method(
      'ReloadBundle',
      ReloadBundleRequestSchema,
      ReloadBundleResponseSchema,
      async (request, { signal }) => {
        const { changed, bundle } = await parts.reload(request.policySet, request.bundle, signal);
        return { changed, bundle: bundleMessage(bundle) };
      },
    ),
    method('GetCache', GetCacheRequestSchema, GetCacheResponseSchema, async () =>
      cacheMessage(await cache.figures()),
    ),
    method('FlushCache', FlushCacheRequestSchema, FlushCacheResponseSchema, async (scope) => ({
      entries: BigInt(await cache.flush(scope)),
    })),
    method('SetCache', SetCacheRequestSchema, SetCacheResponseSchema, async ({ enabled, ...scope }) => {
      if (enabled === undefined) throw new PortcullisError('invalid_request', 'say `enabled`: true or false');
      return { entrypoints: (await cache.turn(scope, enabled)).map(entrypointMessage) };
    }),
  ];
}

type Answer<T extends DescMessage> = MessageInitShape<T>;

function statusMessage(status: ServerStatus): Answer<typeof GetStatusResponseSchema> {
  return {
    ready: status.ready,
    startedAt: timestampFromMs(status.startedAtMs),
    version: status.version,
    policySets: status.policySets.map(({ name, ready, entrypoints, digest, bundles }) => ({
      name,
      ready,
      entrypoints: [...entrypoints],
      digest,
      bundles: bundles.map(bundleMessage),
    })),
  };
}

function bundleMessage({
  name,
  source,
  active,
  waiting,
  lastCheckedAtMs,
  lastError,
}: BundleStatus): Answer<typeof BundleStatusSchema> {
  return {
    name,
    source,
    ...(active && {
      revision: active.revision,
      sequence: BigInt(active.sequence),
      archiveDigest: active.archiveDigest,
      activatedAt: timestampFromMs(active.activatedAtMs),
      restored: active.restored,
    }),
    waiting,
    ...(lastCheckedAtMs !== undefined && { lastCheckedAt: timestampFromMs(lastCheckedAtMs) }),
    ...(lastError && {
      lastError: {
        code: lastError.code,
        message: lastError.message,
        at: timestampFromMs(lastError.atMs),
        attempts: lastError.attempts,
      },
    }),
  };
}
