import { formatIp, isV4 } from './cidr.ts';

/** Addresses from first to last. */
export interface MergeRange {
  readonly first: bigint;
  readonly last: bigint;
  /** The network's name while it stands alone; undefined when the range was joined from several. */
  readonly name: string | undefined;
}

/** The fewest networks that cover the given ones and nothing else, as text. Neighbours of different families are not joined. */
export function mergeRanges(ranges: MergeRange[]): string[] {
  const merged: MergeRange[] = [];
  for (const range of ranges.sort(byLastThenFirst)) {
    let current = range;
    for (let previous = merged.at(-1); touches(previous, current); previous = merged.at(-1)) {
      merged.pop();
      current = join(previous, current);
    }
    merged.push(current);
  }
  return merged.flatMap((range) => range.name ?? split(range));
}

function byLastThenFirst(a: MergeRange, b: MergeRange): number {
  if (a.last !== b.last) return a.last < b.last ? -1 : 1;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

/** Ranges that overlap, whatever their families (`::/0` holds all of IPv4), or that follow each other in one family. */
function touches(previous: MergeRange | undefined, next: MergeRange): previous is MergeRange {
  if (previous === undefined) return false;
  const adjoins = previous.last === next.first - 1n && isV4(previous.last) === isV4(next.first);
  return adjoins || previous.last >= next.first;
}

function join(previous: MergeRange, next: MergeRange): MergeRange {
  return {
    first: previous.first < next.first ? previous.first : next.first,
    last: next.last,
    name: undefined,
  };
}

/** The aligned blocks of a range, largest first from its lower end. */
function split({ first, last }: MergeRange): string[] {
  const bits = isV4(first) ? 32 : 128;
  const blocks: string[] = [];
  for (let start = first; start <= last; ) {
    let size = 0;
    while (size < bits && fits(start, size + 1, last)) size++;
    blocks.push(`${formatIp(start)}/${bits - size}`);
    start += 1n << BigInt(size);
  }
  return blocks;
}

function fits(start: bigint, size: number, last: bigint): boolean {
  const length = 1n << BigInt(size);
  return start % length === 0n && start + length - 1n <= last;
}
