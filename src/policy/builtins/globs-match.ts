import { BuiltinError } from './builtin.ts';
import { type GlobToken, parseGlob } from './glob-tokens.ts';

/** Time and memory grow with the product of both lengths. */
const MAX_CELLS = 4_000_000;

/**
 * Whether two globs have a text in common, as OPA answers it: OPA's library (glob-intersection 0.2) decides from the
 * next place alone whether a repetition may end, and so misses some common texts (`a*c*` and `b*c` share `c`). The
 * recurrences here give its answers, in the product of both lengths instead of exponential time.
 */
export function globsIntersect(left: string, right: string): boolean {
  if (left.length * right.length > MAX_CELLS) {
    throw new BuiltinError(`globs of ${left.length} and ${right.length} characters are too long to compare`);
  }
  const trimmed = trim(parseGlob(left), parseGlob(right));
  return trimmed !== undefined && intersect(...trimmed);
}

/** Cuts off what both begin and end with, but one place on each side; undefined where these already differ. */
function trim(a: readonly GlobToken[], b: readonly GlobToken[]): [GlobToken[], GlobToken[]] | undefined {
  let start = 0;
  for (; bothOnce(a[start], b[start]); start++) {
    if (!overlap(a[start]!, b[start]!)) return undefined;
  }
  if (start > 0) start--;
  let endA = a.length;
  let endB = b.length;
  for (; endA > start && endB > start && bothOnce(a[endA - 1], b[endB - 1]); endA--, endB--) {
    if (!overlap(a[endA - 1]!, b[endB - 1]!)) return undefined;
  }
  const kept = endA < a.length ? 1 : 0;
  return [a.slice(start, endA + kept), b.slice(start, endB + kept)];
}

/** What holds of the rest of `a` from one place and the rest of `b` from another. */
interface Cell {
  /** They intersect; where both rests begin with a repetition, that of `a` is followed first. */
  aFirst: boolean;
  /** They intersect, when that of `b` is followed first. */
  bFirst: boolean;
  /** They intersect while `a`'s place repeats any number of times more. */
  aStar: boolean;
  bStar: boolean;
}

function intersect(a: readonly GlobToken[], b: readonly GlobToken[]): boolean {
  let below: Cell[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: Cell[] = [];
    for (let j = b.length; j >= 0; j--) row[j] = cell(a, i, b, j, below, row);
    below = row;
  }
  return below[0]!.aFirst;
}

function cell(
  a: readonly GlobToken[],
  i: number,
  b: readonly GlobToken[],
  j: number,
  below: readonly Cell[],
  row: readonly Cell[],
): Cell {
  const here = a[i];
  const there = b[j];
  if (here === undefined || there === undefined) {
    const bothEnd = here === there;
    return { aFirst: bothEnd, bFirst: bothEnd, aStar: i === a.length - 1, bStar: j === b.length - 1 };
  }
  const down = below[j]!;
  const across = row[j + 1]!;
  const same = overlap(here, there);
  const aStar = (endsAt(a[i + 1], there) && down.aFirst) || (same && across.aStar);
  const bStar = (endsAt(b[j + 1], here) && across.bFirst) || (same && down.bStar);
  if (here.repeat === '' && there.repeat === '') {
    const diagonal = below[j + 1]!;
    return { aFirst: same && diagonal.aFirst, bFirst: same && diagonal.bFirst, aStar, bStar };
  }
  const followA =
    here.repeat === '*' ? aStar : same && (across.aStar || (there.repeat !== '' && down.aFirst));
  const followB =
    there.repeat === '*' ? bStar : same && (down.bStar || (here.repeat !== '' && across.bFirst));
  return {
    aFirst: here.repeat === '' ? followB : followA,
    bFirst: there.repeat === '' ? followA : followB,
    aStar,
    bStar,
  };
}

/** Whether a repetition may end before `token`, because the place behind it takes it. */
function endsAt(behind: GlobToken | undefined, token: GlobToken): boolean {
  return behind !== undefined && overlap(behind, token);
}

function bothOnce(a: GlobToken | undefined, b: GlobToken | undefined): boolean {
  return a?.repeat === '' && b?.repeat === '';
}

function overlap({ characters: a }: GlobToken, { characters: b }: GlobToken): boolean {
  if (a === undefined || b === undefined) return true;
  return a.some(([from, to]) => b.some(([otherFrom, otherTo]) => from <= otherTo && otherFrom <= to));
}
