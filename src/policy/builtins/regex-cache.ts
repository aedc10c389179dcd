import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { BuiltinError } from './builtin.ts';
import { withKnownClasses } from './regex-classes.ts';

/** Longer patterns are refused: compiling them costs time and memory that no policy needs. */
const MAX_PATTERN_LENGTH = 100_000;

/** Compiled patterns by their text. A policy's own patterns stay in; those made from input pass through. */
const compiled = new LRUCache<string, RE2JS>({
  max: 256,
  maxSize: 1024 * 1024,
  sizeCalculation: (_pattern, text) => text.length + 1,
});

/** The pattern in RE2's syntax, which takes linear time to match. Throws BuiltinError where it is not valid. */
export function compileRegex(pattern: string): RE2JS {
  const regex = tryCompile(pattern);
  if (regex instanceof RE2JS) return regex;
  throw new BuiltinError(regex.message, { cause: regex });
}

/** Whether the pattern is one. Throws BuiltinError where it is too long to tell. */
export function isRegex(pattern: string): boolean {
  return tryCompile(pattern) instanceof RE2JS;
}

function tryCompile(pattern: string): RE2JS | Error {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new BuiltinError(`pattern of ${pattern.length} characters is longer than ${MAX_PATTERN_LENGTH}`);
  }
  try {
    const regex = RE2JS.compile(withKnownClasses(pattern));
    compiled.set(pattern, regex);
    return regex;
  } catch (cause) {
    return cause as Error;
  }
}
