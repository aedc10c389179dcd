import { isDeepStrictEqual } from 'node:util';
import type { CheckAnswer, CheckClient, ReadAnswer } from './answer.ts';
import type { CorpusRequest } from './corpus/request.ts';
import type { Compared, Expected, RequestFacts } from './difference.ts';
import { DIFFERENCES } from './differences.ts';
import { FORM_DIFFERENCES } from './differences-form.ts';
import { echoed, echoing, normalized } from './input-document.ts';
import type { DifferentialPolicy } from './policies.ts';

/** What came of one request to both servers. */
export interface Outcome {
  /** What is otherwise than the differences let expect. */
  readonly problems: readonly string[];
  /** The differences that apply, without those of form. */
  readonly applied: readonly string[];
  /** The differences of form that the plugin's answer shows. */
  readonly forms: readonly string[];
}

/** Two servers with one policy. */
export interface Both {
  readonly plugin: CheckClient;
  readonly ours: CheckClient;
  readonly policy: DifferentialPolicy;
}

/** Asks both the same, and compares our answer with what the plugin's answer and the differences let expect. */
export async function askBoth(
  both: Both,
  request: CorpusRequest,
  facts: RequestFacts & Pick<Compared, 'ambiguities'>,
): Promise<Outcome> {
  const { plugin, ours, policy } = both;
  const [theirs, answered] = await Promise.all([plugin.check(request.bytes), ours.check(request.bytes)]);
  const compared: Compared = { ...facts, request, policy, ask: (another) => again(plugin, another) };
  let expected: Expected = theirs;
  const applied: string[] = [];
  for (const { id, change } of DIFFERENCES) {
    // A refusal is all that there is to it.
    if (expected.status !== undefined) break;
    const changed = await change(expected, compared);
    if (changed === undefined) continue;
    expected = changed;
    applied.push(id);
  }
  const problems = differing(normalized(expected.answer), withoutAdditions(answered.answer));
  const status = expected.status ?? (expected.answer.allowed ? 'allowed' : 'denied');
  if (answered.form.portcullis?.['status'] !== status)
    problems.push(`${JSON.stringify(answered.form.portcullis)} instead of status ${status}`);
  const asked = { request, policy };
  for (const { id, holds } of FORM_DIFFERENCES)
    if (!holds(answered, asked))
      problems.push(`${id} does not hold of ${JSON.stringify(answered.form.portcullis)}`);
  const forms = FORM_DIFFERENCES.filter(({ holds }) => !holds(theirs, asked)).map(({ id }) => id);
  return { problems, applied, forms };
}

const answers = new WeakMap<CheckClient, Map<string, Promise<ReadAnswer>>>();

/** Stand-ins are often the same; each is asked once. */
function again(plugin: CheckClient, request: Uint8Array): Promise<ReadAnswer> {
  const known = answers.get(plugin) ?? new Map<string, Promise<ReadAnswer>>();
  answers.set(plugin, known);
  const key = Buffer.from(request).toString('latin1');
  const answer = known.get(key) ?? plugin.check(request);
  known.set(key, answer);
  return answer;
}

function differing(wanted: CheckAnswer, actual: CheckAnswer): string[] {
  return (Object.keys(wanted) as (keyof CheckAnswer)[])
    .filter((member) => !isDeepStrictEqual(wanted[member], actual[member]))
    .map(
      (member) => `${member} ${JSON.stringify(actual[member])} instead of ${JSON.stringify(wanted[member])}`,
    );
}

/** Our answer without what our input has beside the plugin's. */
function withoutAdditions(answer: CheckAnswer): CheckAnswer {
  const input = echoed(answer);
  if (input === undefined) return answer;
  const { path: _path, body: _body, ...rest } = input;
  return echoing(answer, rest);
}

/** Acts on all items, some at the same time. */
export async function forEach<T>(
  items: readonly T[],
  act: (item: T) => Promise<void>,
  atOnce = 32,
): Promise<void> {
  const left = items.values();
  const work = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
