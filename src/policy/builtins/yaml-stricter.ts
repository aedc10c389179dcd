import { CST, Lexer } from 'yaml';
import { YamlError } from './yaml-error.ts';

/** What the reader is in: nothing yet, directives, a document, or behind one that `...` has ended. */
type Place = 'start' | 'directives' | 'document' | 'ended';

/**
 * Refuses what go-yaml refuses and the library takes: tabs where a block's indentation is counted, YAML of another
 * version than 1.1, directives that it does not know, documents that neither begin nor follow `---`. Throws YamlError.
 */
export function refuseLenient(text: string): void {
  let place: Place = 'start';
  let flowDepth = 0;
  // Where a key may begin, in a block: go-yaml takes no tab there.
  let mayBeginKey = true;
  // Comments are looked for first behind `?` and behind another comment.
  let mayBeComment = false;
  let hasTab = false;
  let last: CST.TokenType | null = null;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === 'doc-mode' || type === 'byte-order-mark') continue;
    if (type === 'space') {
      hasTab = mayBeginKey && flowDepth === 0 && lexeme.includes('\t');
      if (hasTab && !mayBeComment) throw new YamlError('a tab violates indentation');
      continue;
    }
    if (hasTab && type !== 'comment') throw new YamlError('a tab violates indentation');
    hasTab = false;
    mayBeginKey = type === 'newline' || type === 'seq-item-ind' || type === 'explicit-key-ind';
    mayBeComment = type === 'explicit-key-ind' || (type === 'newline' && last === 'comment');
    last = type;
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth--;
    if (type === 'doc-start' || type === 'doc-end') flowDepth = 0;
    place = next(place, type, lexeme);
  }
  if (place === 'directives') throw new YamlError('did not find expected <document start>');
}

/** They change nothing about where the reader is. */
const NEUTRAL: ReadonlySet<CST.TokenType | null> = new Set([
  'byte-order-mark',
  'comment',
  'newline',
  'doc-mode',
]);

function next(place: Place, type: CST.TokenType | null, lexeme: string): Place {
  if (NEUTRAL.has(type)) return place;
  if (type === 'doc-start') return 'document';
  const isOpen = place === 'document';
  if (type === 'directive-line') {
    if (/^%(?:YAML[ \t]+1\.1|TAG[ \t])/.test(lexeme)) return 'directives';
    throw new YamlError('found unknown directive name');
  }
  if (type === 'doc-end') {
    if (isOpen || place === 'ended') return 'ended';
    throw new YamlError('did not find expected node content');
  }
  if (isOpen || place === 'start') return 'document';
  throw new YamlError('did not find expected <document start>');
}
