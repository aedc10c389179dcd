/** Compliance cases that an evaluator answers otherwise than OPA, by name without the Rego version, and why. */
import type { EvaluatorName } from './compliance-run.ts';

const COMPILER = 'needs the compiler: a policy that calls `rego.parse_module` is refused when it is loaded';
const INDEX = "OPA's modules do not look up integers in base data (OPA issue 3711)";

const PARSE_MODULE: readonly (readonly [string, string])[] = [
  ['regoparsemodule/ok', COMPILER],
  ['regoparsemodule/error', COMPILER],
];

/** The npm package has none: what it fails is counted. */
export const EXCEPTIONS: Readonly<Record<EvaluatorName, ReadonlyMap<string, string>>> = {
  wasm: new Map([
    ['dataderef: data/toplevel integer', INDEX],
    ['dataderef: data/nested integer', INDEX],
    ...PARSE_MODULE,
  ]),
  plan: new Map(PARSE_MODULE),
  npm: new Map(),
};
