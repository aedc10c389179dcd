/** OPA's compliance cases that can see an input, compiled many at a time, to be asked through their footprints. */
import { parseJson } from '../../src/json/parse.ts';
import type { JsonValue } from '../../src/json/value.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { encodeRego, toJson } from '../../src/policy/codec.ts';
import { type ComplianceCase, opaModuleFolder, readCases } from './compliance-cases.ts';
import { CAPTURE, compileTogether, opaBuiltins, SLEEP } from './compliance-module.ts';
import { LOCALHOST, testBuiltin } from './compliance-run.ts';
import { type Bench, collector, createBench } from './footprint-bench.ts';
import { constantsOf } from './footprint-inputs.ts';

/** One build takes more than twice as long for twice as many. */
const CASES_PER_BUILD = 120;

/** A case that was compiled. */
export interface AskedCase {
  readonly one: ComplianceCase;
  readonly bench: Bench;
  readonly entrypoint: string;
  readonly input: JsonValue | undefined;
  /** What its modules and data name. */
  readonly constants: readonly JsonValue[];
}

/** Cases that have an input, or name one; undefined when OPA's Go module cannot be had. */
export async function casesWithInput(): Promise<readonly ComplianceCase[] | undefined> {
  const folder = await opaModuleFolder();
  if (folder === undefined) return undefined;
  return readCases(folder, ['*']).filter(
    ({ input, query, modules }) =>
      input !== undefined || [query, ...modules].some((text) => /(?<![\w.])input\b/.test(text)),
  );
}

/** Gives each case to `visit`, in the order of the cases but those that the compiler refuses; how many those are. */
export async function visitCases(
  cases: readonly ComplianceCase[],
  visit: (asked: AskedCase) => void,
): Promise<number> {
  let refused = 0;
  const seen = collector();
  const offered = (await opaBuiltins()).filter((name) => !BUILTINS.has(name));
  const builtins = new Map([
    // What is not offered here gives true, and so is seen.
    ...[...offered, SLEEP].map((name) => [name, testBuiltin(name, () => {})] as const),
    [CAPTURE, testBuiltin(CAPTURE, seen.add)] as const,
  ]);
  for (const batch of batchesOf(cases)) {
    const { compiled, refused: some } = await compileTogether(batch);
    refused += some.size;
    if (compiled === undefined) continue;
    const paths = Array.from(compiled.entrypoints.values(), ({ path }) => path);
    const bench = await createBench({
      ...compiled,
      entrypoints: paths,
      builtins,
      network: LOCALHOST,
      seen: seen.take,
    });
    try {
      for (const [one, { path }] of compiled.entrypoints) {
        const input = one.input === undefined ? undefined : parseJson(encodeRego(one.input));
        const data = one.data === undefined ? null : toJson(one.data);
        const constants = constantsOf([one.query, ...one.modules].join('\n'), data);
        visit({ one, bench, entrypoint: path, input, constants });
      }
    } finally {
      bench.close();
    }
  }
  return refused;
}

function* batchesOf(cases: readonly ComplianceCase[]): Generator<ComplianceCase[]> {
  for (const ofVersion of Map.groupBy(cases, ({ version }) => version).values()) {
    for (let from = 0; from < ofVersion.length; from += CASES_PER_BUILD) {
      yield ofVersion.slice(from, from + CASES_PER_BUILD);
    }
  }
}
