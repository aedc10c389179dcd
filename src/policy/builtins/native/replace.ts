import type { RegoValue } from '../../value.ts';
import { type Builtin, BuiltinError } from '../builtin.ts';
import { sortedEntries } from '../compare.ts';
import { checkLength } from '../go-flags.ts';
import { objectOperand, operandError, stringOperand } from '../operands.ts';
import { separate } from '../run-search.ts';
import { WorkBudget } from '../work-budget.ts';

/** Replacing as Go's strings.NewReplacer: from left to right, and no replacement is looked at again. */

/** Characters that a call with several patterns may look at. */
const MAX_STEPS = 50_000_000;

/** The patterns by their characters. */
interface Node {
  readonly next: Map<string, Node>;
  /** What stands for the pattern that ends here. */
  replacement?: string;
}

function replace(value: RegoValue, search: RegoValue, replacement: RegoValue): string {
  const text = stringOperand(value, 1);
  const wanted = stringOperand(search, 2);
  const other = stringOperand(replacement, 3);
  if (wanted === '') return replaceAll(text, [['', other]]);
  const parts = separate(text, wanted);
  checkLength(text.length + (parts.length - 1) * (other.length - wanted.length));
  return parts.join(other);
}

function replaceN(patterns: RegoValue, value: RegoValue): string {
  const object = objectOperand(patterns, 1);
  const text = stringOperand(value, 2);
  const pairs = sortedEntries(object).map(([search, replacement]): [string, string] => {
    if (typeof search !== 'string') throw operandError(1, 'non-string key found in pattern object');
    if (typeof replacement !== 'string') {
      throw operandError(1, 'non-string value found in pattern object');
    }
    return [search, replacement];
  });
  return replaceAll(text, pairs);
}

/**
 * With several patterns at one place the first of them counts; they are sorted, so that it is the shortest. The empty one
 * comes first of all; right behind itself it does not count, so that another one may follow at the same place.
 */
function replaceAll(text: string, pairs: readonly (readonly [string, string])[]): string {
  const empty = pairs[0]?.[0] === '' ? pairs[0][1] : undefined;
  const budget = new WorkBudget('the patterns take too much work on this text', MAX_STEPS);
  const root = trieOf(pairs);
  const out: string[] = [];
  let length = 0;
  const put = (piece: string): void => {
    length += piece.length;
    checkLength(length);
    out.push(piece);
  };
  let from = 0;
  for (let at = 0; at <= text.length; ) {
    const found = shortestMatch(root, text, at, budget);
    // OPA goes on between the bytes of a character that no pattern takes, and the string is no text then.
    if (empty !== undefined && found === undefined && text.charCodeAt(at) >= 0x80) {
      throw new BuiltinError('nothing can be put between the bytes of a character');
    }
    if (empty !== undefined || found !== undefined) put(text.slice(from, at));
    if (empty !== undefined) put(empty);
    if (found !== undefined) put(found.replacement);
    if (empty !== undefined || found !== undefined) from = found?.end ?? at;
    at = found?.end ?? at + 1;
  }
  return out.join('') + text.slice(from);
}

function trieOf(pairs: readonly (readonly [string, string])[]): Node {
  const root: Node = { next: new Map() };
  for (const [search, replacement] of pairs) {
    if (search === '') continue;
    let node = root;
    for (const unit of search.split('')) {
      // A longer pattern than one that is there already never counts.
      if (node.replacement !== undefined) break;
      let next = node.next.get(unit);
      if (next === undefined) node.next.set(unit, (next = { next: new Map() }));
      node = next;
    }
    node.replacement ??= replacement;
  }
  return root;
}

function shortestMatch(
  root: Node,
  text: string,
  start: number,
  budget: WorkBudget,
): { readonly end: number; readonly replacement: string } | undefined {
  let node: Node | undefined = root;
  for (let at = start; at < text.length; ) {
    budget.spend(1);
    node = node.next.get(text.charAt(at));
    if (node === undefined) return undefined;
    at++;
    if (node.replacement !== undefined) return { end: at, replacement: node.replacement };
  }
  return undefined;
}

export const replaceBuiltins: readonly Builtin[] = [
  {
    name: 'replace',
    effects: [],
    call: (_context, text, search, replacement) => replace(text, search, replacement),
  },
  {
    name: 'strings.replace_n',
    effects: [],
    call: (_context, patterns, text) => replaceN(patterns, text),
  },
];
