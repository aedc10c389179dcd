/** The file that workers start with: everything that answers callers, fed by the main thread. */
import { subscribe } from 'node:diagnostics_channel';
import { parentPort, workerData } from 'node:worker_threads';
import { policySetDigest } from '../../decision/key.ts';
import type { StagedPolicySet } from '../../decision/planes.ts';
import { createLogger } from '../../observe/logger.ts';
import { createPrintLog } from '../../observe/print-log.ts';
import { valuesOf } from '../../observe/summed-metrics.ts';
import { extAuthzOptions } from '../ext-authz.ts';
import { LocalPlanes } from '../local-planes.ts';
import { networkBroker } from '../network.ts';
import { openDecisionLogs } from '../observability.ts';
import { Conversation } from './conversation.ts';
import { PostedFacts } from './posted-facts.ts';
import { postingOutput } from './posted-lines.ts';
import type { MainCalls, WorkerCalls, WorkerData } from './protocol.ts';

/** Often enough to be missed soon, and seldom enough to cost nothing. */
const BEAT_MS = 250;

const data = workerData as WorkerData;
const { config, descriptorSet, env, hosts, labels, tellsPrints } = data;
const staged = new Map<number, StagedPolicySet>();

const calls: WorkerCalls = {
  stage: async ({ number, prepared }) => {
    staged.set(number, await planes.stage(prepared));
  },
  activate: (number) => {
    void take(number)?.activate();
  },
  discard: (number) => take(number)?.discard(),
  usable: ({ policySet, usable }) => planes.setUsable(policySet, usable),
  readiness: (readiness) => facts.update(readiness),
  listen: (addresses) => planes.listen(facts, addresses),
  drain: (graceMs) => planes.drain(graceMs),
  close: () => planes.close(),
  retireOne: () => planes.retireOne(),
  metrics: () => valuesOf(planes.metrics.registry),
  cache: () => planes.cache.figures(),
  flush: (scope) => planes.cache.flush(scope),
  turn: ({ scope, on }) => planes.cache.turn(scope, on),
  distrust: ({ policySet, entrypoint, policyDigest }) =>
    planes.cache.entrypoint(policySet, entrypoint).distrust(policyDigest),
};

const main = new Conversation<MainCalls>(parentPort!, calls);
const facts = new PostedFacts(main);
const logger = createLogger(config.logging.level, { write: (line) => main.tell('log', line) });
let sinks = 0;
const decisionLogs = openDecisionLogs(config, labels, logger, () => postingOutput(main, sinks++));
const planes = new LocalPlanes(config, {
  env,
  extAuthz: extAuthzOptions(config, descriptorSet),
  network: networkBroker(config, hosts),
  logger,
  decisionLogs,
  onPrint: tellsPrints
    ? (policySet, message) => main.tell('print', { policySet, message })
    : createPrintLog(logger),
  onDistrust: ({ policySet, entrypoint, digest }) => {
    // Of one that was replaced meanwhile nobody needs to know.
    const active = planes.active().get(policySet);
    if (active === undefined || policySetDigest(active) !== digest) return;
    main.tell('distrusted', { policySet, entrypoint, policyDigest: active.policyDigest });
  },
  processMetrics: false,
});

const beat = new Int32Array(data.beat);
setInterval(() => {
  Atomics.store(beat, 1, planes.connections());
  Atomics.add(beat, 0, 1);
}, BEAT_MS);

if (config.grpc.address.kind === 'unix' || (config.http && config.http.address.kind === 'unix')) {
  subscribe('net.server.socket', () => main.tell('connected', undefined));
}
parentPort!.on('message', (message) => main.receive(message));
main.tell('ready', undefined);

function take(number: number): StagedPolicySet | undefined {
  const found = staged.get(number);
  staged.delete(number);
  return found;
}
