/** Projected equals full: the invariant that the cache stands on, for one entrypoint and one input after the other. */
import { canonicalJson } from '../../src/json/canonical.ts';
import type { JsonValue } from '../../src/json/value.ts';
import type { Footprint, ReadTree } from '../../src/policy/plan/footprint.ts';
import type { Projector } from '../../src/policy/projection/projection.ts';
import { compileProjector } from '../../src/policy/projection/projector.ts';
import { type Bench, TOO_LONG, type Told } from './footprint-bench.ts';
import { projectedText } from './projected-text.ts';

/** 2026-11-22, a Sunday morning. */
export const NOW_MS: number = Date.UTC(2026, 10, 22, 9);

/** Asked of one entrypoint. */
export interface Asked {
  readonly input: JsonValue | undefined;
  /** Wall clock, milliseconds; NOW_MS when left out. */
  readonly nowMs?: number;
}

export interface Difference {
  readonly entrypoint: string;
  readonly what: string;
  readonly input: JsonValue | undefined;
  readonly full: Told;
  readonly projected: Told;
}

/** One entrypoint, asked again and again, with what its answers had in common. */
export class FootprintCheck {
  readonly #bench: Bench;
  readonly #entrypoint: string;
  readonly #footprint: Footprint;
  readonly #projector: Projector;
  readonly #byKey = new Map<string, { readonly told: Told; readonly text: string }>();
  readonly differences: Difference[] = [];
  asked = 0;
  /** Inputs that share their key with another one, which was not the same. */
  shared = 0;

  /** @param input another tree than the footprint's, to see what comes of it */
  constructor(bench: Bench, entrypoint: string, input?: ReadTree) {
    this.#bench = bench;
    this.#entrypoint = entrypoint;
    this.#footprint = bench.footprints.get(entrypoint)!;
    this.#projector = compileProjector(input ?? this.#footprint.input);
  }

  /** Different answers that were given, by the plan. */
  get answers(): number {
    return new Set(Array.from(this.#byKey.values(), ({ told }) => told)).size;
  }

  ask({ input, nowMs = NOW_MS }: Asked): void {
    const text = input === undefined ? undefined : canonicalJson(input);
    const whole = text === undefined ? undefined : Buffer.from(text);
    const { json, key } = this.#projector.project(input);
    const full = this.#bench.ofPlan(this.#entrypoint, whole, nowMs);
    if (full === TOO_LONG) return;
    this.asked++;
    const compare = (what: string, told: Told | undefined, projected: Told | undefined): void => {
      if (told === projected || projected === TOO_LONG || told === TOO_LONG) return;
      const { differences } = this;
      differences.push({ entrypoint: this.#entrypoint, what, input, full: told!, projected: projected! });
    };
    compare('plan', full, this.#bench.ofPlan(this.#entrypoint, json, nowMs));
    compare('data', full, this.#bench.onProjectedData(this.#entrypoint, json, nowMs));
    compare(
      'module',
      this.#bench.ofModule(this.#entrypoint, whole, nowMs),
      this.#bench.ofModule(this.#entrypoint, json, nowMs),
    );
    if (input !== undefined) {
      const plain = projectedText(this.#projector.tree, input);
      compare('projector', plain, Buffer.from(json!).toString());
    }
    const timed = `${nowMs} ${key}`;
    const known = this.#byKey.get(timed);
    if (known === undefined) this.#byKey.set(timed, { told: full, text: text ?? '' });
    else if (known.text !== text) this.shared++;
    if (known !== undefined) compare('an equal key', known.told, full);
  }
}

/** For people. */
export function differenceText({ entrypoint, what, input, full, projected }: Difference): string {
  return [
    `${entrypoint}, ${what}: ${input === undefined ? 'no input' : canonicalJson(input)}`,
    `  full:      ${full}`,
    `  projected: ${projected}`,
  ].join('\n');
}
