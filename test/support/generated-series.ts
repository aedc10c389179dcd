/** Many generated policies, batch by batch, and what is to be said of them. */
import { faultsFound, type Outcome, outcomeOf, UNEXPLAINED } from './generated-comparison.ts';
import { type Answer, judge, type Verdict } from './generated-run.ts';
import type { PlantedFault } from './planted-faults.ts';
import { generatePolicy } from './rego-generator.ts';
import { shrink } from './rego-shrinking.ts';

const BATCH = 100;
const INPUTS = 5;

export interface Series {
  /** Pairs of a policy and an input, by outcome. */
  readonly counts: ReadonlyMap<Outcome, number>;
  /** Of those that differ where the plan analysis found something: kinds of findings. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly pairs: number;
  /** Pairs where OPA fails, of a conflict. */
  readonly failing: number;
  readonly policies: number;
  /** What the compiler refused. */
  readonly refused: number;
  readonly unexplained: readonly Verdict[];
  /** Pairs that find a planted fault, by its name; those that find it where the plan without the fault answers as OPA. */
  readonly faults: ReadonlyMap<string, number>;
}

/** From the seed on until there are as many pairs. */
export async function runSeries(
  firstSeed: number,
  minPairs: number,
  options: {
    readonly faults?: readonly PlantedFault[];
    readonly onBatch?: (pairs: number) => void;
  } = {},
): Promise<Series> {
  const verdicts: Verdict[] = [];
  let [seed, refused] = [firstSeed, 0];
  while (verdicts.length < minPairs) {
    const wanted = Math.min(BATCH, Math.ceil((minPairs - verdicts.length) / INPUTS) + 2);
    const policies = Array.from({ length: wanted }, () => generatePolicy(seed++, INPUTS));
    const judged = await judge(policies, options.faults);
    verdicts.push(...judged.verdicts);
    refused += judged.refused.size;
    options.onBatch?.(verdicts.length);
  }
  const judged = verdicts.map((verdict) => ({ verdict, outcome: outcomeOf(verdict) }));
  const found = judged.filter(({ outcome }) => outcome === 'found');
  return {
    counts: countsOf(judged.map(({ outcome }) => outcome)),
    kinds: countsOf(
      found.map(({ verdict }) => [...new Set(verdict.findings.map(({ kind }) => kind))].sort().join(' and ')),
    ),
    pairs: verdicts.length,
    failing: verdicts.filter(({ opa }) => 'error' in opa).length,
    policies: seed - firstSeed - refused,
    refused,
    unexplained: judged.filter(({ outcome }) => UNEXPLAINED.has(outcome)).map(({ verdict }) => verdict),
    faults: countsOf(
      judged
        .filter(({ outcome }) => !UNEXPLAINED.has(outcome))
        .flatMap(({ verdict }) => faultsFound(verdict)),
    ),
  };
}

/** Lines for people, the counts of each outcome among them. */
export function seriesText({ counts, kinds, pairs, failing, policies, refused }: Series): string {
  const lines = [...counts].map(([outcome, count]) => `  ${outcome}: ${count}`);
  const findings = [...kinds].map(([kind, count]) => `    ${kind}: ${count}`);
  const at = lines.findIndex((line) => line.startsWith('  found'));
  lines.splice(at + 1, 0, ...findings);
  return [
    `${pairs} pairs of ${policies} policies; OPA fails in ${failing}; ${refused} policies refused by the compiler`,
    ...lines,
  ].join('\n');
}

/** The verdict with a policy that is as small as can be found. */
export async function shrunk(verdict: Verdict): Promise<Verdict> {
  const { policy, input } = verdict;
  const outcome = outcomeOf(verdict);
  const copy = (rego: string, name: string): Verdict['policy'] => ({
    ...policy,
    name,
    rego: rego.replace(/^package \w+/, `package ${name}`),
    inputs: [input],
  });
  const holding = async (texts: readonly string[]): Promise<ReadonlySet<string>> => {
    const names = new Map(texts.map((text, i) => [`${policy.name}00${i}`, text]));
    const { verdicts } = await judge(Array.from(names, ([name, text]) => copy(text, name)));
    return new Set(
      verdicts.filter((each) => outcomeOf(each) === outcome).map((each) => names.get(each.policy.name)!),
    );
  };
  const rego = await shrink(policy.rego, holding);
  const { verdicts } = await judge([copy(rego, policy.name)]);
  return verdicts[0] ?? verdict;
}

/** The policy, its input, and what each judge says. */
export function verdictText(verdict: Verdict): string {
  const { policy, input, module, plan, opa, findings } = verdict;
  return [
    `${outcomeOf(verdict)}: seed ${policy.name.slice(1)}${policy.careful ? '' : ', not careful'}`,
    policy.rego,
    `input:  ${input === undefined ? 'none' : JSON.stringify(input)}`,
    `OPA:    ${answerText(opa)}`,
    `plan:   ${answerText(plan)}`,
    `module: ${answerText(module)}`,
    ...findings.map(({ kind, place, message }) => `finding: ${kind} ${place} ${message}`),
  ].join('\n');
}

function answerText(answer: Answer): string {
  if ('tooLong' in answer) return 'takes too long';
  return 'error' in answer ? `fails: ${answer.error}` : (answer.json ?? 'undefined');
}

function countsOf<Key extends string>(keys: readonly Key[]): Map<Key, number> {
  return new Map(
    Array.from(
      Map.groupBy(keys, (key) => key),
      ([key, group]) => [key, group.length],
    ),
  );
}
