/** What the author of a policy, or the operator, could change so that more answers are found again. */
import type { Footprint, FullRead } from '../footprint.ts';
import type { Cacheability } from './cacheability.ts';
import { volatileText } from './volatile-reads.ts';

export interface Advice {
  readonly about: 'whole_input' | 'volatile_read' | 'network' | 'random' | 'clock';
  /** What is so, and what to do about it. */
  readonly text: string;
  /** What is read, as in Rego. */
  readonly path?: string;
  /** `file:row:column` in the sources, where a place is known. */
  readonly place?: string;
}

const ELSEWHERE = 'keep it to an entrypoint of its own, so that the answers of the others can be kept';

export function adviceFor(footprint: Footprint, cacheability: Cacheability): Advice[] {
  const advice: Advice[] = [];
  for (const effect of ['network', 'random'] as const) {
    const builtins = footprint.effects.get(effect);
    if (builtins === undefined) continue;
    const why = effect === 'network' ? 'asks the network' : 'is random';
    advice.push({ about: effect, text: `${builtins.join(', ')} ${why}: ${ELSEWHERE}` });
  }
  if (footprint.clock === 'free')
    advice.push({
      about: 'clock',
      text: 'the time of time.now_ns is used for more than comparisons: compare it with other times, let io.jwt.decode_verify check tokens, or set policySets.<name>.timeResolution',
    });
  if (cacheability.wholeInput) advice.push(...wholeInput(footprint));
  for (const read of cacheability.volatileReads) {
    const reason = footprint.fullReads.find(({ path }) => path === read.path);
    const itself = read.parts.length === 1 && read.parts[0] === read.words;
    const change = itself ? 'leave it out of the decision' : `read the parts that it needs by their names`;
    const because = reason === undefined ? '' : ` (${reason.why})`;
    advice.push({
      about: 'volatile_read',
      text: `it reads ${volatileText(read)}${because}; ${change}`,
      path: read.path,
      ...(reason === undefined ? {} : { place: placeOf(reason) }),
    });
  }
  return advice;
}

function wholeInput({ fullReads }: Footprint): Advice[] {
  const reasons = fullReads.filter(({ path }) => path === 'input');
  if (reasons.length === 0)
    return [{ about: 'whole_input', text: 'it is not known which parts of the input it reads' }];
  return reasons.map((reason) => ({
    about: 'whole_input',
    text: `it reads the whole input, which is ${reason.why}: use the parts that it needs by their names`,
    path: reason.path,
    place: placeOf(reason),
  }));
}

function placeOf({ at }: FullRead): string {
  return `${at.file}:${at.row}:${at.col}`;
}

/** `authz.rego:12:3: it reads the whole input, …` */
export function adviceText({ place, text }: Advice): string {
  return place === undefined ? text : `${place}: ${text}`;
}
