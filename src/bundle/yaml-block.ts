import type { Scalar } from 'yaml';
import { PortcullisError } from '../errors.ts';

const BLANK_LINES = /[ \t\r\n]*/y;

/**
 * The value of a block scalar (`|` and `>`) as go-yaml reads it: where the file ends inside its last line, that line has
 * no line break, and so neither has the value. The library adds one there. `text` is the whole file.
 * Throws `bundle_data_invalid` where the two differ on what belongs to the scalar: an indentation indicator together with
 * lines of white space, and lines that are not indented at all.
 */
export function blockScalarValue(node: Scalar, text: string): string {
  const value = node.source ?? '';
  const [start, end] = node.range ?? [0, 0];
  const [header, ...lines] = text.slice(start, end).split('\n') as [string, ...string[]];
  if (lines.some((line) => /^\S/.test(line)) || (/[0-9]/.test(header) && hasBlanks(lines, text, end))) {
    throw new PortcullisError('bundle_data_invalid', 'the indentation of a block scalar is not clear');
  }
  const last = lines.at(-1);
  if (end < text.length || last === undefined || !value.endsWith('\n')) return value;
  const first = lines.find((line) => line.trim() !== '');
  if (first === undefined) return '\n'.repeat(lines.length - 1);
  // A last line of spaces belongs to the value only with what goes beyond the indentation.
  const inside = last.trim() !== '' || last.length > indentation(first, value);
  return inside ? value.slice(0, -1) : value;
}

/** Whether a line, or one that follows before any text does, is of white space only, but not empty. */
function hasBlanks(lines: readonly string[], text: string, end: number): boolean {
  BLANK_LINES.lastIndex = end;
  const behind = BLANK_LINES.exec(text)?.[0] ?? '';
  return (
    [...lines, ...behind.split('\n').slice(0, -1)].some((line) => /^[ \t]+\r?$/.test(line)) ||
    behind.endsWith(' ')
  );
}

/** The spaces that every line of a block scalar loses, told from its first line that is not blank. */
function indentation(line: string, value: string): number {
  const at = value.search(/\S/);
  return line.search(/\S/) - (at - (value.lastIndexOf('\n', at) + 1));
}
