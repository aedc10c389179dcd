import {
  CLOSE,
  CONSTANT,
  headsOf,
  IF_PLAIN,
  OPEN,
  type Program,
  STEP,
  WRITE_QUERY,
  WRITE_SEGMENTS,
} from './program.ts';

/**
 * A program that writes the same values as another, but in place of names and structure a token for each step: a third of the bytes,
 * which are hashed, compared and kept for each answer.
 *
 * Its output is equal where that of the other is, and nowhere else. Tokens are control characters, which occur neither in JSON
 * text nor in names; each step has its own; so the output says which steps wrote something, and what. What always says the same is left out. The
 * facts of a path keep their names, since they may also be written as one part.
 */
export function keyProgramOf({ steps, heads, lookups, listings, parts }: Program): Program {
  const bytes = new Uint8Array(heads.buffer);
  const tokens: number[] = [];
  const kept: number[] = [];
  /** By place of a step in `steps`: where it, or what comes next, stands in `kept`. */
  const places = new Map<number, number>();
  let factsEnd = 0;
  for (let step = 0; step < steps.length; step += STEP) {
    const [what, start, nameEnd, end, a, b] = steps.subarray(step, step + STEP) as unknown as Step;
    places.set(step, kept.length);
    if (what === IF_PLAIN) factsEnd = b;
    const isFact = step < factsEnd;
    const isAlwaysSame = what === CLOSE || ((what === OPEN || what === CONSTANT) && a === 0);
    if (!isFact && isAlwaysSame) continue;
    const at = tokens.length;
    tokens.push(...(isFact ? bytes.subarray(start, nameEnd) : tokenOf(step / STEP)));
    const tokenEnd = tokens.length;
    if (isFact || what === WRITE_QUERY || what === WRITE_SEGMENTS)
      tokens.push(...bytes.subarray(nameEnd, end));
    kept.push(what, at, tokenEnd, tokens.length, a, b);
  }
  places.set(steps.length, kept.length);
  for (let step = 0; step < kept.length; step += STEP) {
    if ((kept[step] === OPEN && kept[step + 4] !== 0) || kept[step] === IF_PLAIN)
      kept[step + 5] = places.get(kept[step + 5]!)!;
  }
  return { steps: Int32Array.from(kept), heads: headsOf(tokens), lookups, listings, parts };
}

type Step = [what: number, start: number, nameEnd: number, end: number, a: number, b: number];

const LAST = 0x1f;

/** No token is the beginning of another. */
function tokenOf(number: number): number[] {
  const rows = Math.floor(number / (LAST - 1));
  return [...Array.from({ length: rows }, () => LAST), (number % (LAST - 1)) + 1];
}
