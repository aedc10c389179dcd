import { BuiltinError } from '../builtins/builtin.ts';
import { parseJson } from '../builtins/json-value.ts';
import type { RegoValue } from '../value.ts';

/**
 * The first JSON value of a text, whatever follows it: OPA keeps it though its decoder then complains. Undefined where there
 * is none. Throws BuiltinError where it nests too deeply to be told.
 */
export function firstJson(text: string): RegoValue | undefined {
  return wholeJson(text) ?? wholeJson(text.slice(0, endOfValue(text)));
}

/** The value of a text that is JSON and nothing else; undefined otherwise. Throws BuiltinError where it nests too deeply. */
export function wholeJson(text: string): RegoValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    if (error.cause instanceof SyntaxError) return undefined;
    throw new BuiltinError('the answer nests too deeply', { cause: error });
  }
}

/** Where the first value ends, if it is one. */
function endOfValue(text: string): number {
  const start = text.search(/[^ \t\r\n]/);
  const first = text.charAt(start);
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    const scalar = /(?:true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y;
    scalar.lastIndex = Math.max(start, 0);
    return scalar.test(text) ? scalar.lastIndex : 0;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return 0;
}

/** Behind the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
