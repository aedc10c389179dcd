/** Compliance cases that the WASM evaluator answers otherwise than OPA, by name without the Rego version, and why. */
export const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['dataderef: data/toplevel integer', "OPA's modules do not index base data by integers (OPA issue 3711)"],
  ['dataderef: data/nested integer', "OPA's modules do not index base data by integers (OPA issue 3711)"],
  [
    'strings/format_int: bignum exact (>64-bit integer, all bases + negative)',
    "the module's own format_int takes 64 bits",
  ],
  [
    'jsonbuiltins/unmarshal number beyond the supported exponent is undefined',
    "the module's own json.unmarshal has no limit on exponents",
  ],
  [
    'jsonbuiltins/unmarshal number with too big an exponent is undefined',
    "the module's own json.unmarshal has no limit on exponents",
  ],
  ...['simple', 'rule mixed scope', 'package spanning modules'].map((note): [string, string] => [
    `regometadatachain/${note}`,
    'the result shows the package, which this test moves below one of its own',
  ]),
  ...['fix1863/is defined', 'topdowndynamicdispatch/dynamic dispatch'].map((name): [string, string] => [
    name,
    'the query looks at all packages, and so at the one that this test puts it into: the compiler sees recursion',
  ]),
]);
