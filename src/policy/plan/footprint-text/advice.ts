/** What the author of a policy, or the operator, could change so that more answers are found again. */
import type { Footprint, FullRead } from '../footprint.ts';
import type { Cacheability } from './cacheability.ts';
import { type VolatileRead, volatileText } from './volatile-reads.ts';

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
  const { effects, clock, clockFreed, fullReads } = footprint;
  const advice: Advice[] = [];
  for (const about of ['network', 'random'] as const) {
    const builtins = effects.get(about);
    if (builtins === undefined) continue;
    const why = about === 'network' ? 'asks the network' : 'is random';
    advice.push({ about, text: `${builtins.join(', ')} ${why}: ${ELSEWHERE}` });
  }
  if (clock === 'free') advice.push(freeClock(clockFreed));
  if (cacheability.wholeInput) advice.push(...wholeInput(fullReads));
  return [...advice, ...cacheability.volatileReads.map((read) => volatileRead(read, fullReads))];
}

function freeClock(reason: Footprint['clockFreed']): Advice {
  const because = reason === undefined ? '' : ` (${reason.why})`;
  const text =
    `it uses the time for more than comparisons${because}: compare it with other times, ` +
    'let io.jwt.decode_verify check tokens, or set policySets.<name>.timeResolution';
  return placed({ about: 'clock', text }, reason);
}

function wholeInput(fullReads: readonly FullRead[]): Advice[] {
  const reasons = fullReads.filter(({ path }) => path === 'input');
  if (reasons.length === 0)
    return [{ about: 'whole_input', text: 'it is not known which parts of the input it reads' }];
  return reasons.map((reason) => {
    const text = `it reads the whole input (${reason.why}): use the parts that it needs by their names`;
    return placed({ about: 'whole_input', text, path: 'input' }, reason);
  });
}

function volatileRead(read: VolatileRead, fullReads: readonly FullRead[]): Advice {
  const { path, parts, words } = read;
  const reason = fullReads.find((each) => each.path === path || each.path === `${path}.*`);
  const because = reason === undefined ? '' : ` (${reason.why})`;
  const itself = parts.length === 1 && parts[0] === words;
  const change = itself
    ? 'leave it out of the decision and of the answer'
    : 'read the parts that it needs by their names';
  const text = `it reads ${volatileText(read)}${because}; ${change}`;
  return placed({ about: 'volatile_read', text, path }, reason);
}

function placed(advice: Advice, reason: Footprint['clockFreed']): Advice {
  if (reason === undefined || reason.at.row === 0) return advice;
  const { file, row, col } = reason.at;
  return { ...advice, place: `${file}:${row}:${col}` };
}

/** `authz.rego:12:3: it reads the whole input, …` */
export function adviceText({ place, text }: Advice): string {
  return place === undefined ? text : `${place}: ${text}`;
}
