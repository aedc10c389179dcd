/** Policies written at random, asked through their footprints: the strongest attack on them. */
import { type CompiledPolicies, compilePolicies } from '../../src/authoring/compile-policies.ts';
import { PortcullisError } from '../../src/errors.ts';
import { FULL, type ReadTree } from '../../src/policy/plan/footprint.ts';
import { type Bench, createBench } from './footprint-bench.ts';
import { type Difference, differenceText, FootprintCheck } from './footprint-check.ts';
import { constantsOf, inputFrom, variantsOf } from './footprint-inputs.ts';
import { mutantsOf } from './footprint-mutants.ts';
import { refusals } from './generated-run.ts';
import { Choices } from './rego-choices.ts';
import { DATA, type GeneratedPolicy, generatePolicy } from './rego-generator.ts';
import { shrink } from './rego-shrinking.ts';

const BATCH = 60;
const INPUTS = 5;
/** Near each input. */
const VARIANTS = 4;

export interface FootprintSeries {
  readonly policies: number;
  readonly entrypoints: number;
  /** Entrypoints that can see all of the input. */
  readonly whole: number;
  readonly asked: number;
  /** Inputs that share their key with another one. */
  readonly shared: number;
  readonly differences: readonly GeneratedDifference[];
  /** Footprints that were made to forget one path, and those of them that were found out. */
  readonly forgetful: number;
  readonly foundOut: number;
}

export interface GeneratedDifference {
  readonly difference: Difference;
  readonly policy: GeneratedPolicy;
}

export interface SeriesOptions {
  /** Ask each entrypoint with one path of its footprint forgotten, too. */
  readonly forget?: boolean;
  readonly onBatch?: (asked: number) => void;
}

/** From the seed on until so many inputs were asked. */
export async function runFootprints(
  firstSeed: number,
  minAsked: number,
  options: SeriesOptions = {},
): Promise<FootprintSeries> {
  const counts = { policies: 0, entrypoints: 0, whole: 0, asked: 0, shared: 0, forgetful: 0, foundOut: 0 };
  const differences: GeneratedDifference[] = [];
  for (let seed = firstSeed; counts.asked < minAsked; seed += BATCH) {
    const generated = Array.from({ length: BATCH }, (_, i) => eachAlone(generatePolicy(seed + i, INPUTS)));
    const refused = await refusals(generated);
    const policies = generated.filter(({ name }) => !refused.has(name));
    for (const { bench, policies: built } of await benchesOf(policies)) {
      try {
        for (const policy of built) {
          counts.policies++;
          for (const entrypoint of entrypointsOf(policy)) {
            const check = askAll(bench, entrypoint, policy);
            counts.entrypoints++;
            counts.asked += check.asked;
            counts.shared += check.shared;
            const { input } = bench.footprints.get(entrypoint)!;
            if ((input.reads & FULL) !== 0) counts.whole++;
            for (const difference of check.differences) differences.push({ difference, policy });
            const forgetful = options.forget === true ? oneForgotten(new Choices(seed), input) : undefined;
            if (forgetful === undefined) continue;
            counts.forgetful++;
            if (askAll(bench, entrypoint, policy, forgetful).differences.length > 0) counts.foundOut++;
          }
        }
      } finally {
        bench.close();
      }
    }
    options.onBatch?.(counts.asked);
  }
  return { ...counts, differences };
}

/** Lines for people. */
export function footprintSeriesText(series: FootprintSeries): string {
  const { policies, entrypoints, whole, asked, shared, differences } = series;
  return `${asked} inputs of ${entrypoints} rules of ${policies} policies, ${shared} of them with the key of another; ${whole} rules can see the whole input; ${differences.length} answers differ`;
}

/** The policy and what it answers, for people. */
export function generatedDifferenceText({ difference, policy }: GeneratedDifference): string {
  const shown = policy.rego.split('\n\n').filter((rule) => !/^(?:out\[|member)/.test(rule));
  const [, member] = difference.entrypoint.split('/');
  const asked = new RegExp(`^${member} := .*$`, 'm').exec(policy.rego)?.[0];
  return [...shown, asked ?? '', differenceText(difference)].join('\n\n');
}

/** The difference with a policy that is as small as can be found. */
export async function shrunkDifference(found: GeneratedDifference): Promise<GeneratedDifference> {
  const { difference, policy } = found;
  const { input } = difference;
  const differing = async (texts: readonly string[]): Promise<GeneratedDifference[]> => {
    const policies = texts.map((text, i) => {
      const name = `${policy.name}00${i}`;
      return eachAlone({ ...policy, name, rego: text.replace(/^package \w+/, `package ${name}`) });
    });
    const refused = await refusals(policies);
    const taken = policies.filter(({ name }) => !refused.has(name));
    const differences: GeneratedDifference[] = [];
    for (const { bench, policies: built } of await benchesOf(taken)) {
      for (const each of built) {
        for (const entrypoint of entrypointsOf(each)) {
          const check = new FootprintCheck(bench, entrypoint);
          check.ask({ input });
          for (const one of check.differences) differences.push({ difference: one, policy: each });
        }
      }
      bench.close();
    }
    return differences;
  };
  const withoutMembers = policy.rego.replaceAll(/\n\nmember\d+ := .*$/gm, '');
  const small = await shrink(withoutMembers, async (texts) => {
    const names = new Set((await differing(texts)).map((each) => each.policy.name));
    return new Set(texts.filter((_, i) => names.has(`${policy.name}00${i}`)));
  });
  return (await differing([small]))[0] ?? found;
}

/** The policy with a rule of its own for each member of its answer, which would otherwise be one footprint for all of them. */
function eachAlone(policy: GeneratedPolicy): GeneratedPolicy {
  let members = 0;
  const alone = [...policy.rego.matchAll(/^out\["[^"]*"\] := (.*)$/gm)].map(
    ([, expression]) => `member${members++} := ${expression}`,
  );
  return { ...policy, rego: [policy.rego, ...alone].join('\n\n') };
}

function askAll(bench: Bench, entrypoint: string, policy: GeneratedPolicy, tree?: ReadTree): FootprintCheck {
  const check = new FootprintCheck(bench, entrypoint, tree);
  const choices = new Choices(Number(policy.name.slice(1)));
  const constants = constantsOf(policy.rego, DATA);
  for (const input of policy.inputs) {
    check.ask({ input });
    for (const each of variantsOf(choices, input, constants, VARIANTS)) check.ask({ input: each });
  }
  const { input: shape } = bench.footprints.get(entrypoint)!;
  for (let i = 0; i < VARIANTS; i++) check.ask({ input: inputFrom(choices, shape, constants) });
  return check;
}

function oneForgotten(choices: Choices, tree: ReadTree): ReadTree | undefined {
  const mutants = [...mutantsOf(tree)].filter(({ kind }) => kind !== 'bit');
  return mutants.length === 0 ? undefined : choices.one(mutants).tree;
}

const entrypointsOf = ({ name, rego }: GeneratedPolicy): string[] =>
  [...rego.matchAll(/^(member\d+) := /gm)].map(([, member]) => `${name}/${member}`);

interface GeneratedBench {
  readonly bench: Bench;
  readonly policies: readonly GeneratedPolicy[];
}

/** All together, or by halves where the compiler refuses some without naming them. */
async function benchesOf(policies: readonly GeneratedPolicy[]): Promise<GeneratedBench[]> {
  if (policies.length === 0) return [];
  const compiled = await compile(policies, policies.flatMap(entrypointsOf));
  if (compiled === undefined) {
    if (policies.length === 1) return [];
    const middle = policies.length >> 1;
    return [...(await benchesOf(policies.slice(0, middle))), ...(await benchesOf(policies.slice(middle)))];
  }
  const bench = await createBench({
    plan: compiled.plan,
    wasm: compiled.module,
    dataText: JSON.stringify(DATA),
    entrypoints: compiled.entrypoints,
  });
  return [{ bench, policies }];
}

async function compile(
  policies: readonly GeneratedPolicy[],
  entrypoints: readonly string[],
): Promise<CompiledPolicies | undefined> {
  const rego = policies.map(({ name, rego: text }) => {
    const path = `${name}.rego`;
    return { path, file: path, bytes: Buffer.from(text) };
  });
  try {
    return await compilePolicies(
      { rego, tests: [], data: [], vectors: [], manifest: undefined },
      entrypoints,
    );
  } catch (error) {
    if (error instanceof PortcullisError && error.code === 'build_failed') return undefined;
    throw error;
  }
}
