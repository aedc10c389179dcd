import type { PlanLocation } from '../ir.ts';
import { cutText } from './excerpt.ts';
import type { Place } from './explanation.ts';

/** Whether one range lies in the other, or is it. */
export function contains(outer: PlanLocation, inner: PlanLocation): boolean {
  return (
    outer.row > 0 &&
    outer.file === inner.file &&
    !before(inner.row, inner.col, outer.row, outer.col) &&
    !before(outer.endRow, outer.endCol, inner.endRow, inner.endCol)
  );
}

export function sameRange(a: PlanLocation, b: PlanLocation): boolean {
  return a === b || (contains(a, b) && contains(b, a));
}

/** Those that lie in no other one, in the order of the source. */
export function rootsOf(ranges: readonly PlanLocation[]): PlanLocation[] {
  const sorted = ranges
    .filter(({ row }) => row > 0)
    .toSorted((a, b) => a.row - b.row || a.col - b.col || b.endRow - a.endRow || b.endCol - a.endCol);
  const roots: PlanLocation[] = [];
  for (const range of sorted) {
    const last = roots.at(-1);
    if (last === undefined || !contains(last, range)) roots.push(range);
  }
  return roots;
}

function before(row: number, col: number, otherRow: number, otherCol: number): boolean {
  return row < otherRow || (row === otherRow && col < otherCol);
}

export function placeOf({ file, row, col, endRow }: PlanLocation): Place {
  return { file, row, col, endRow };
}

/** Looks up what stands at a place. */
export class SourceTexts {
  readonly #sources: Readonly<Record<string, string>>;
  readonly #lines = new Map<string, readonly string[]>();

  /** By path, with or without a leading slash. */
  constructor(sources: Readonly<Record<string, string>>) {
    this.#sources = sources;
  }

  /** The text on one line, cut; empty where the source is not there. */
  textAt({ file, row, col, endRow, endCol }: PlanLocation, maxLength: number): string {
    if (row === 0) return '';
    const lines = this.#linesOf(file).slice(row - 1, endRow);
    const last = lines.length - 1;
    // Columns count characters as Go does: code points.
    const pieces = lines.map((line, index) => {
      const characters = Array.from(line);
      const from = index === 0 ? col - 1 : 0;
      return characters
        .slice(from, index === last && endRow === row + last ? endCol - 1 : undefined)
        .join('');
    });
    return cutText(withoutComments(pieces).join(' ').replaceAll(/\s+/g, ' ').trim(), maxLength);
  }

  #linesOf(file: string): readonly string[] {
    let lines = this.#lines.get(file);
    if (lines === undefined) {
      const text =
        this.#sources[file] ?? this.#sources[`/${file}`] ?? this.#sources[file.replace(/^\//, '')] ?? '';
      this.#lines.set(file, (lines = text.split('\n')));
    }
    return lines;
  }
}

/** Comments that take a line of their own. */
function withoutComments(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.trimStart().startsWith('#'));
}
