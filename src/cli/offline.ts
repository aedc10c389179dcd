/** Evaluates bundles without a server, on the server's own host. */
import { basename } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS } from '../bundle/archive.ts';
import type { Verification } from '../bundle/open.ts';
import { systemClock } from '../clock.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import { type Explained, explainEntrypoint } from '../policy/plan/explain/explain.ts';
import type { HiddenPlaces } from '../policy/plan/explain/secrets.ts';
import { createPlanEvaluator } from '../policy/plan/plan-evaluator.ts';
import { PrintPlaces } from '../policy/plan/print-places.ts';
import { createWasmEvaluator } from '../policy/wasm/evaluator.ts';
import { prepareBundle } from '../reload/activation.ts';
import { combine } from '../reload/combine.ts';
import { readNamedFile } from './input.ts';
import { type CliIo, paint } from './io.ts';

/** How long an evaluation may take before its answer is refused. */
const TIMEOUT_MS = 60_000;

/** Prepares the bundles exactly as a server would, except for sequence numbers and vectors. */
export async function loadPolicySet(
  io: CliIo,
  paths: readonly string[],
  verification: Verification,
): Promise<PolicySetDescriptor> {
  const knownBuiltins = new Set(BUILTINS.keys());
  const prepared = await Promise.all(
    paths.map(async (path) => {
      const archive = await readNamedFile(io, path);
      const name = basename(path).replace(/\.tar\.gz$/, '');
      const rules = { name, limits: DEFAULT_ARCHIVE_LIMITS, verification, requireVectors: false };
      return prepareBundle(archive, rules, undefined, knownBuiltins);
    }),
  );
  return combine(
    { name: 'eval', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
    prepared,
    Date.now(),
  );
}

/** Evaluates once, at the given time; what the policy prints goes to standard error. */
export async function evaluate(
  io: CliIo,
  descriptor: PolicySetDescriptor,
  entrypoint: string,
  input: Uint8Array | undefined,
  wallMs: number,
): Promise<Evaluation> {
  const evaluator = await createWasmEvaluator(descriptor, {
    builtins: BUILTINS,
    clock: systemClock,
    onPrint: (message) => io.stderr.write(`${paint(io, 'dim', message)}\n`),
  });
  try {
    return await evaluator.evaluate(entrypoint, input, {
      wallMs,
      deadlineMs: systemClock.monotonicMs() + TIMEOUT_MS,
    });
  } finally {
    evaluator.close();
  }
}

/** As {@link evaluate}, by the plan; what the policy prints goes to standard error with its place. */
export function evaluatePlan(
  io: CliIo,
  descriptor: PolicySetDescriptor,
  entrypoint: string,
  input: Uint8Array | undefined,
  wallMs: number,
): Evaluation {
  const tracer = new PrintPlaces();
  const evaluator = createPlanEvaluator(descriptor, {
    builtins: BUILTINS,
    clock: systemClock,
    onPrint: (message) => {
      const { place } = tracer;
      const where = place === undefined ? '' : `${place.file}:${place.row}: `;
      io.stderr.write(`${paint(io, 'dim', `${where}${message}`)}\n`);
    },
  });
  const time = { wallMs, deadlineMs: systemClock.monotonicMs() + TIMEOUT_MS };
  return evaluator.trace(entrypoint, input, time, tracer);
}

/** Tells why, by the plan that each bundle binds. Rejects with `bundle_plan_missing` where one binds none. */
export async function explain(
  descriptor: PolicySetDescriptor,
  entrypoint: string,
  input: Uint8Array | undefined,
  wallMs: number,
  hidden: HiddenPlaces,
): Promise<Explained> {
  const evaluator = createPlanEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  const time = { wallMs, deadlineMs: systemClock.monotonicMs() + TIMEOUT_MS };
  return explainEntrypoint(evaluator, descriptor, entrypoint, input, time, { hidden });
}
