import { TemplateError, TemplateUnsupported } from './go-template-error.ts';

/** What a template is made of; `space` and `char` matter only inside actions. */
export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'keyword'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'character'
  | 'string'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'open'
  | 'close'
  | 'char'
  | 'end of text';

export interface Token {
  readonly kind: TokenKind;
  /** The source of the token; a field without its point. */
  readonly text: string;
}

const KEYWORDS = new Set('block break continue define else end if range template with'.split(' '));

/** The kinds of tokens in an action, in the order in which Go tries them. */
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['character', /'(?:[^'\\\n]|\\[^\n])*'/y],
  ['field', /\.(?![0-9])[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /(?=[-+.0-9])[-+]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]*)?/y,
  ],
  ['identifier', /[\p{L}\p{Nd}_]+/uy],
  ['open', /\(/y],
  ['close', /\)/y],
  ['char', /[!-~]/y],
];

/** After these nothing but a terminator may follow: `.x$y` is a mistake. */
const NAMED = new Set<TokenKind>(['variable', 'field', 'identifier']);
const TERMINATOR = /[ \t\r\n.,|:()]|\}\}|$/y;

const COMMENT = /\{\{(?:-[ \t\r\n])?\/\*/y;

/** Takes a template of Go's text/template apart. Throws TemplateError. */
export function lexTemplate(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    let text = source.slice(at, open === -1 ? undefined : open);
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, '');
    const trimBefore = open !== -1 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    if (trimBefore) text = trimmedEnd(text);
    if (text !== '') tokens.push({ kind: 'text', text });
    if (open === -1) break;
    COMMENT.lastIndex = open;
    const result = COMMENT.test(source)
      ? skipComment(source, COMMENT.lastIndex)
      : lexAction(source, open + (trimBefore ? 4 : 2), tokens);
    at = result.end;
    trimNext = result.trim;
  }
  tokens.push({ kind: 'end of text', text: '' });
  return tokens;
}

/** Without the white space at its end; a regular expression would look at each run of spaces again and again. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

interface ActionEnd {
  readonly end: number;
  /** Whether white space after the action is dropped. */
  readonly trim: boolean;
}

function skipComment(source: string, start: number): ActionEnd {
  const close = source.indexOf('*/', start);
  if (close === -1) throw new TemplateError('unclosed comment');
  const end = rightDelimiter(source, close + 2);
  if (end === undefined) throw new TemplateError('comment ends before closing delimiter');
  return end;
}

function lexAction(source: string, start: number, tokens: Token[]): ActionEnd {
  tokens.push({ kind: 'left', text: '{{' });
  let depth = 0;
  for (let at = start; ; ) {
    const end = rightDelimiter(source, at);
    if (end !== undefined) {
      if (depth > 0) throw new TemplateError('unclosed left paren');
      tokens.push({ kind: 'right', text: '}}' });
      return end;
    }
    const token = spaceAt(source, at) ?? tokenAt(source, at);
    depth += token.kind === 'open' ? 1 : token.kind === 'close' ? -1 : 0;
    if (depth < 0) throw new TemplateError('unexpected right paren');
    tokens.push(classified(token));
    at += token.text.length;
  }
}

function rightDelimiter(source: string, at: number): ActionEnd | undefined {
  if (/^[ \t\r\n]-\}\}/.test(source.slice(at, at + 4))) return { end: at + 4, trim: true };
  return source.startsWith('}}', at) ? { end: at + 2, trim: false } : undefined;
}

/** Spaces, but for the last one when it belongs to a trim marker. */
function spaceAt(source: string, at: number): Token | undefined {
  const pattern = /[ \t\r\n]+/y;
  pattern.lastIndex = at;
  const spaces = pattern.exec(source)?.[0];
  if (spaces === undefined) return undefined;
  const marker = source.startsWith('-}}', at + spaces.length);
  return { kind: 'space', text: marker ? spaces.slice(0, -1) : spaces };
}

function tokenAt(source: string, at: number): Token {
  if (at >= source.length) throw new TemplateError('unclosed action');
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    checkEnd(kind, source, at + text.length);
    return { kind, text };
  }
  throw new TemplateError(`unrecognized character in action: ${JSON.stringify(source[at])}`);
}

function checkEnd(kind: TokenKind, source: string, end: number): void {
  TERMINATOR.lastIndex = end;
  if (NAMED.has(kind) && !TERMINATOR.test(source)) {
    throw new TemplateError(`bad character ${JSON.stringify(source[end])}`);
  }
  if (kind === 'number' && source[end] === 'i') throw new TemplateUnsupported('complex numbers');
  if (kind === 'number' && /[\p{L}\p{Nd}_]/u.test(source[end] ?? '')) {
    throw new TemplateError('bad number syntax');
  }
  if (kind === 'char' && '"`\''.includes(source[end - 1]!))
    throw new TemplateError('unterminated quoted text');
}

function classified(token: Token): Token {
  if (token.kind === 'field') {
    return token.text === '.' ? { kind: 'dot', text: '.' } : { kind: 'field', text: token.text.slice(1) };
  }
  if (token.kind !== 'identifier') return token;
  if (token.text === 'true' || token.text === 'false') return { kind: 'bool', text: token.text };
  if (token.text === 'nil') return { kind: 'nil', text: 'nil' };
  return KEYWORDS.has(token.text) ? { kind: 'keyword', text: token.text } : token;
}
