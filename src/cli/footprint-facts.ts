import type { Bundle } from '../bundle/bundle.ts';
import { toPortcullisError } from '../errors.ts';
import type { FootprintText } from '../policy/plan/footprint-text/describe-footprint.ts';
import { describePlanFootprints } from '../policy/plan/footprint-text/describe-plan.ts';
import type { SignatureFacts } from './signature-facts.ts';

export type EntrypointFootprint = { readonly entrypoint: string } & FootprintText;

export interface FootprintFacts {
  /** What each entrypoint can depend on, by the plan and the bundle's own data. */
  readonly footprints: readonly EntrypointFootprint[];
  /** Why servers go by none of it: the whole input is the key of an answer then. */
  readonly footprintsUnused?: string;
}

/** What a bundle's entrypoints can depend on, whether servers would go by it or not. */
export function footprintFacts(
  { plan, data }: Bundle,
  entrypoints: readonly string[],
  { state }: SignatureFacts,
): FootprintFacts {
  if (entrypoints.length === 0) return { footprints: [] };
  if (plan === undefined)
    return { footprints: [], footprintsUnused: 'the manifest binds no plan to the module' };
  try {
    const footprints = Array.from(
      describePlanFootprints(plan, data.document, entrypoints),
      ([entrypoint, text]) => ({
        entrypoint,
        ...text,
      }),
    );
    if (state === 'unsigned') return { footprints, footprintsUnused: 'the bundle is unsigned' };
    if (state === 'refused') return { footprints, footprintsUnused: 'the signature is refused' };
    return { footprints };
  } catch (thrown) {
    const { message } = toPortcullisError(thrown);
    return { footprints: [], footprintsUnused: `the plan cannot be analysed: ${message}` };
  }
}
