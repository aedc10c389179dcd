/** What a footprint lets through, for people: shorter than what it says to programs. */
import { KEYS, type ReadTree, TYPE } from '../footprint.ts';
import { headerName, isPlain, type Path, pathWords, regoPath } from './path-words.ts';
import { type Read, readsOf, shows, showsAll } from './read-rows.ts';

/**
 * Of the input: `method`, `headers authorization and x-user`, `the keys of subject.roles`, `each of rows (id, owner)`. What is
 * named is seen with all that is in it, but for scalars of which only the type is seen: true and false are types of their own.
 */
export function inputWords(tree: ReadTree): string[] {
  const groups = new Map<string, string[]>([['', []]]);
  for (const { path, tree: node } of readsOf(tree, showsAll)) {
    const phrase = phraseOf(path, node);
    if (phrase === undefined) continue;
    const [words, group] = phrase;
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [words]);
    else if (!known.includes(words)) known.push(words);
  }
  return Array.from(groups).flatMap(([group, words]) => {
    if (group === '') return words;
    if (group === HEADERS) return [`header${words.length > 1 ? 's' : ''} ${listed(words)}`];
    return [`${group} (${words.join(', ')})`];
  });
}

/** Of the data: `data.grants`. What stands under keys that are not known is not told apart. */
export function dataWords(tree: ReadTree): string[] {
  if (showsAll(tree)) return ['all data'];
  return readsOf(tree, (node) => node.each !== undefined || showsAll(node))
    .filter(({ path, tree: { reads, children, each } }) => {
      const seen = reads !== 0 || each !== undefined || children === undefined;
      return path.length > 0 && seen;
    })
    .map(({ path }) => regoPath('data', path));
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const HEADERS = 'headers';

/** Words, and what they are said of together with others; undefined where what is read below says as much. */
function phraseOf(path: Path, node: Read['tree']): [words: string, group: string] | undefined {
  const { reads, each, children } = node;
  const name = pathWords(path);
  if (showsAll(node)) return path.length === 0 ? ['the whole input', ''] : grouped(path);
  if (shows(node)) return grouped(path);
  if (each !== undefined || (children !== undefined && (reads & KEYS) === 0)) return undefined;
  if ((reads & KEYS) !== 0) return [`the keys of ${name}`, ''];
  if ((reads & TYPE) !== 0)
    return path.length === 0 || isPlain(path) ? [`the type of ${name}`, ''] : grouped(path);
  if (path.length === 0) return undefined;
  const above = pathWords(path.slice(0, -1));
  return [path.at(-1) === undefined ? `the keys of ${above}` : `whether ${name} is there`, ''];
}

function grouped(path: Path): [words: string, group: string] {
  const header = headerName(path);
  if (header !== undefined) return [header, HEADERS];
  const wildcard = path.lastIndexOf(undefined);
  if (wildcard === -1 || wildcard === path.length - 1) return [pathWords(path), ''];
  return [pathWords(path.slice(wildcard + 1)), pathWords(path.slice(0, wildcard + 1))];
}
