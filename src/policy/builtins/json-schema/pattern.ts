import type { RE2JS } from 're2js';
import { BuiltinError } from '../builtin.ts';
import { compileRegex } from '../regex-cache.ts';
import { hasMatch } from '../regex-matches.ts';
import type { Run } from './outcome.ts';
import type { SchemaCompiler } from './schema.ts';

/** A pattern of a schema, in RE2's syntax; it may match anywhere in a text. */
export class SchemaPattern {
  readonly #regex: RE2JS;
  readonly #size: number;

  private constructor(regex: RE2JS) {
    this.#regex = regex;
    this.#size = regex.matcher('').programSize();
  }

  /** Undefined where the text is no pattern. Throws BuiltinError where it is too long, or the budget is spent. */
  static compile(text: string, compiler: SchemaCompiler): SchemaPattern | undefined {
    compiler.spend(2 * text.length);
    const regex = tryCompile(text);
    if (regex === undefined) return undefined;
    const pattern = new SchemaPattern(regex);
    compiler.spend(2 * pattern.#size);
    return pattern;
  }

  matches(text: string, run: Run): boolean {
    run.work.spend(1);
    run.patterns.spend((text.length + 1) * this.#size);
    return hasMatch(this.#regex, text);
  }
}

/** Whether RE2 takes the text as a pattern. Throws BuiltinError where it is too long to tell. */
export function isPattern(text: string): boolean {
  return tryCompile(text) !== undefined;
}

function tryCompile(text: string): RE2JS | undefined {
  try {
    return compileRegex(text);
  } catch (error) {
    // Only what the library refuses has a cause; the length does not.
    if (error instanceof BuiltinError && error.cause !== undefined) return undefined;
    throw error;
  }
}
