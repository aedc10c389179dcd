import { inflatedBytesHint } from '../bundle/gunzip.ts';
import type { Clock } from '../clock.ts';
import type { footprintsOf } from '../policy/plan/footprint/footprints-of.ts';
import { type PreparedBundle, prepareBundle } from './activation.ts';
import type { PolicySetRules } from './combine.ts';
import { type EvaluationLimits, preparePolicySet } from './prepare-policy-set.ts';
import { type BundleFacts, factsOf, type Preparation, type Preparer, type RuledArchive } from './preparer.ts';

/** Does work in a way that pays where it goes over megabytes. */
export type CompiledWork = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Once it is inflated: data of megabytes may come in a few kilobytes. */
const LARGE_ARCHIVE_BYTES = 1024 * 1024;

const isLarge = (archive: Uint8Array): boolean =>
  Math.max(archive.length, inflatedBytesHint(archive)) > LARGE_ARCHIVE_BYTES;

export interface PreparationParts {
  readonly knownBuiltins: ReadonlySet<string>;
  readonly clock: Clock;
  /** As the data planes evaluate. */
  readonly limits?: EvaluationLimits;
  /** Another analysis of plans, for tests. */
  readonly footprintsOf?: typeof footprintsOf;
  /** Does the work on archives that are large. */
  readonly compiled?: CompiledWork;
  /** There is one data plane, in this thread: large data stays in the memory that was proved with, which is given to it. Else what is prepared can be posted. */
  readonly givesMemory?: boolean;
  /** Fewer inputs for the proof, for tests that activate often. */
  readonly maxGeneratedInputs?: number;
}

/** Prepares policy sets in the thread that calls it. */
export class InlinePreparer implements Preparer {
  readonly #parts: PreparationParts;
  /** For as long as somebody holds the archive. */
  readonly #opened = new WeakMap<Uint8Array, PreparedBundle>();

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  async open({ archive, rules }: RuledArchive, minSequence: number | undefined): Promise<BundleFacts> {
    return this.#compiled([archive], async () => {
      const opened = await prepareBundle(archive, rules, minSequence, this.#parts.knownBuiltins);
      this.#opened.set(archive, opened);
      return factsOf(opened);
    });
  }

  async prepare(
    rules: PolicySetRules,
    bundles: readonly RuledArchive[],
    activatedAtMs: number,
    provedBefore?: string,
  ): Promise<Preparation> {
    const opened: PreparedBundle[] = [];
    for (const bundle of bundles) {
      // Another thread, which has ended, may have opened it: all checks are passed once more, but for the sequence.
      if (!this.#opened.has(bundle.archive)) await this.open(bundle, undefined);
      opened.push(this.#opened.get(bundle.archive)!);
    }
    return this.#compiled(
      bundles.map(({ archive }) => archive),
      () => preparePolicySet(rules, opened, activatedAtMs, this.#parts, provedBefore),
    );
  }

  async close(): Promise<void> {}

  #compiled<Result>(archives: readonly Uint8Array[], work: () => Promise<Result>): Promise<Result> {
    const { compiled } = this.#parts;
    return compiled !== undefined && archives.some(isLarge) ? compiled(work) : work();
  }
}
