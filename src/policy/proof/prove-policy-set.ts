import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { Pauses } from '../pauses.ts';
import { WHOLE } from '../plan/footprint.ts';
import { planOf } from '../plan/plan-of.ts';
import type { DecisionVector } from '../vector-format.ts';
import { leafPaths, partAt } from './edit-document.ts';
import { type Compared, EntrypointProof, type ProofSubject } from './entrypoint-proof.ts';
import { InputGenerator } from './generate-inputs.ts';
import { PlanEvaluators } from './plan-evaluators.ts';
import { type PlanHints, planHints } from './plan-hints.ts';

/** What was compared. */
export interface ProofReport {
  /** Inputs whose answers were compared, those of vectors among them. */
  readonly inputs: number;
  /** Inputs that took too much time or memory to tell anything. */
  readonly skipped: number;
  /** What it took of the thread, milliseconds. */
  readonly tookMs: number;
}

/** Vectors are all compared; generated inputs end with the first of these, of which each entrypoint has its share. */
const MAX_GENERATED = 300;
const MAX_GENERATED_MS = 300;
/** Other work of the thread gets its turn after so long. */
const SLICE_MS = 5;

/**
 * Attacks what makes cached answers right: that an evaluation of what the footprint lets through of an input and of the base data answers as
 * one of the whole, and that module and plan are of the same policies. Every vector's input and inputs made from them and from the plan are
 * asked. Rejects with `bundle_footprint_wrong` or `bundle_evaluators_differ` at the first difference.
 */
export async function provePolicySet(
  subject: ProofSubject,
  vectors: readonly DecisionVector[],
): Promise<ProofReport> {
  const { clock, descriptor, maxGenerated = MAX_GENERATED } = subject;
  const pauses = new Pauses(SLICE_MS, () => clock.monotonicMs());
  let inputs = 0;
  let skipped = 0;
  const counted = async (comparing: Promise<Compared | undefined>): Promise<Compared | undefined> => {
    const compared = await comparing;
    if (compared === undefined) skipped++;
    else inputs++;
    await pauses.perhaps();
    return compared;
  };

  const plans = new PlanEvaluators(descriptor, subject.evaluators.planned);
  const proofs = new Map<string, EntrypointProof>();
  for (const path of descriptor.entrypoints) {
    proofs.set(path, new EntrypointProof(path, subject, plans));
    await pauses.perhaps();
  }
  for (const { entrypoint, inputJson, name, nowMs } of vectors) {
    const proof = proofs.get(entrypoint);
    if (proof === undefined) continue;
    const document = inputJson && parseJson(inputJson);
    const what = `vector “${name}”`;
    const askedMs = nowMs ?? clock.wallMs();
    await counted(proof.compare({ document, wallMs: askedMs, what, isWatched: false }));
  }

  const wallMs = clock.wallMs();
  const asked = Array.from(proofs.values(), (proof) => ({
    proof,
    generator: generatorFor(proof.path, subject, vectors),
    usedMs: 0,
  }));
  // One that is slow must not leave the others without an input that tells.
  const shareMs = MAX_GENERATED_MS / asked.length;
  for (let number = 0; number < maxGenerated; ) {
    const worthwhile = asked.filter(({ proof, usedMs }) => proof.worthwhile && usedMs < shareMs);
    if (worthwhile.length === 0) break;
    for (const each of worthwhile.slice(0, maxGenerated - number)) {
      const { proof, generator } = each;
      const { document, what } = generator.next();
      number++;
      const question = { document, wallMs, what: `generated input ${number} (${what})`, isWatched: true };
      const startMs = pauses.usedMs;
      const compared = await counted(proof.compare(question));
      each.usedMs += pauses.usedMs - startMs;
      if (compared?.isNews === true && document !== undefined) generator.matters(document, compared.met);
    }
  }
  return { inputs, skipped, tookMs: pauses.usedMs };
}

/** Made from the policy set alone, so that a refusal can be looked into: the same bundle is asked the same. */
function generatorFor(
  path: string,
  { descriptor, seenData }: ProofSubject,
  vectors: readonly DecisionVector[],
): InputGenerator {
  const asked = vectors.filter(({ entrypoint, inputJson }) => entrypoint === path && inputJson !== undefined);
  return new InputGenerator({
    tree: descriptor.footprints?.get(path)?.input ?? WHOLE,
    hints: hintsFor(path, descriptor),
    dataValues: valuesIn(descriptor.dataJson) ?? valuesIn(seenData.get(path)) ?? [],
    samples: asked.map(({ inputJson }): JsonValue => parseJson(inputJson!)),
    seed: `${descriptor.policyDigest} ${path}`,
  });
}

const MAX_DATA_BYTES = 1 << 16;
const MAX_DATA_VALUES = 200;

/** Some leaves of a document, and some keys; undefined where it is too large to be read for that. */
function valuesIn(dataJson: Uint8Array | undefined): JsonValue[] | undefined {
  if (dataJson === undefined || dataJson.length > MAX_DATA_BYTES) return undefined;
  const data = parseJson(dataJson);
  const paths = leafPaths(data, MAX_DATA_VALUES);
  const values = new Set<JsonValue>(paths.flat());
  for (const path of paths) values.add(partAt(data, path)!);
  return [...values].slice(0, MAX_DATA_VALUES);
}

const NO_HINTS: PlanHints = { paths: [], valuesAt: new Map(), constants: [] };

function hintsFor(path: string, { modules }: ProofSubject['descriptor']): PlanHints {
  const plan = modules.find(({ entrypoints }) => Object.hasOwn(entrypoints, path))?.plan;
  try {
    return plan === undefined ? NO_HINTS : planHints(planOf(plan), path);
  } catch {
    return NO_HINTS;
  }
}
