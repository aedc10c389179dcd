import { setTimeout } from 'node:timers/promises';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { policySetDigest } from '../decision/key.ts';
import type { ActivePolicySets } from '../decision/planes.ts';
import { PortcullisError } from '../errors.ts';
import {
  type ProvenanceSchema,
  WatchRevisionRequestSchema,
  WatchRevisionResponseSchema,
} from '../gen/portcullis/v1/decision_pb.ts';
import type { CallContext, RpcMethod } from '../rpc.ts';
import type { Authorizer, Grant } from './authorize.ts';
import { Changes } from './changes.ts';
import { readMessage } from './read-message.ts';

export interface WatchRevisionParts {
  readonly authorize: Authorizer;
  readonly active: ActivePolicySets;
  /** The names of all configured policy sets, active or not. */
  readonly policySets: readonly string[];
  /** At least this long lies between two messages after the first; what changes meanwhile is told together. */
  readonly minIntervalMs: number;
  /** Aborted when the server stops: streams then end, so that clients go elsewhere and the drain need not wait for them. */
  readonly stopping: AbortSignal;
}

/** `portcullis.v1.DecisionService/WatchRevision`; see the comments of decision.proto. */
export function watchRevisionMethod(parts: WatchRevisionParts): RpcMethod {
  return {
    path: '/portcullis.v1.DecisionService/WatchRevision',
    kind: 'server-stream',
    handler: (request, call) => watchRevision(parts, request, call),
  };
}

async function* watchRevision(
  parts: WatchRevisionParts,
  request: Uint8Array,
  { peer, signal: call }: CallContext,
): AsyncGenerator<Uint8Array> {
  const signal = AbortSignal.any([call, parts.stopping]);
  const grant = parts.authorize(peer, 'watch-revision');
  const watched = policySetsToWatch(
    parts,
    grant,
    readMessage(WatchRevisionRequestSchema, request).policySets,
  );
  const changes = new Changes();
  // Before the first look, so that nothing falls between the two.
  const stop = parts.active.onChange((name) => {
    if (watched.has(name)) changes.add(name);
  });
  try {
    const active = parts.active.active();
    yield response(
      parts.active,
      [...watched].filter((name) => active.has(name)),
    );
    for (;;) {
      const changed = await changes.take(signal);
      if (signal.aborted) return;
      yield response(parts.active, changed);
      await setTimeout(parts.minIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    stop();
  }
}

/** Throws `forbidden` before `unknown_policy_set`, so that names are not told to those who may not ask them. */
function policySetsToWatch(
  parts: WatchRevisionParts,
  grant: Grant,
  asked: readonly string[],
): ReadonlySet<string> {
  if (asked.length === 0) return new Set(parts.policySets.filter((name) => grant.mayAsk(name)));
  for (const name of asked) {
    const quoted = JSON.stringify(name);
    if (!grant.mayAsk(name))
      throw new PortcullisError('forbidden', `The caller may not watch policy set ${quoted}`);
    if (!parts.policySets.includes(name))
      throw new PortcullisError('unknown_policy_set', `No policy set ${quoted}`);
  }
  return new Set(asked);
}

/** A policy set that cannot answer has no digest. */
function response(sets: ActivePolicySets, names: readonly string[]): Uint8Array {
  const active = sets.active();
  const provenances = names.map((policySet): MessageInitShape<typeof ProvenanceSchema> => {
    const descriptor = active.get(policySet);
    if (descriptor === undefined) return { policySet };
    return { policySet, revisions: descriptor.revisions, digest: policySetDigest(descriptor) };
  });
  return toBinary(WatchRevisionResponseSchema, create(WatchRevisionResponseSchema, { active: provenances }));
}
