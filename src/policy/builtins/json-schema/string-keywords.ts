import { runeCount } from '../go-flags.ts';
import { FORMATS } from './formats.ts';
import { SchemaPattern } from './pattern.ts';
import { sizeKeyword, stringKeyword } from './read-keyword.ts';
import type { JsonObject, Schema, SchemaCompiler } from './schema.ts';
import { SchemaError } from './schema-error.ts';

/** `minLength`, `maxLength`, `pattern` and `format`. Throws SchemaError. */
export function stringKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const least = sizeKeyword(node, 'minLength');
  const most = sizeKeyword(node, 'maxLength');
  if (least !== undefined && most !== undefined && least > most) {
    throw new SchemaError('minLength cannot be greater than maxLength');
  }
  length(least, most, schema);
  const pattern = stringKeyword(node, 'pattern');
  if (pattern !== undefined) matching(pattern, schema, compiler);
  const format = stringKeyword(node, 'format');
  if (format !== undefined) formatted(format, schema);
}

function length(least: bigint | undefined, most: bigint | undefined, schema: Schema): void {
  if (least === undefined && most === undefined) return;
  schema.string.push((text, at, outcome) => {
    outcome.run.work.spend(text.length / 64);
    const count = runeCount(text);
    if (least !== undefined && count < least) {
      outcome.add('string_gte', at, `String length must be greater than or equal to ${least}`);
    }
    if (most !== undefined && count > most) {
      outcome.add('string_lte', at, `String length must be less than or equal to ${most}`);
    }
  });
}

function matching(text: string, schema: Schema, compiler: SchemaCompiler): void {
  const pattern = SchemaPattern.compile(text, compiler);
  if (pattern === undefined) throw new SchemaError('pattern must be a valid regex');
  schema.string.push((value, at, outcome) => {
    if (!pattern.matches(value, outcome.run)) {
      outcome.add('pattern', at, () => `Does not match pattern '${text}'`);
    }
  });
}

/** A format that is not known takes anything. */
function formatted(format: string, schema: Schema): void {
  const isFormat = FORMATS.get(format);
  if (isFormat === undefined) return;
  schema.string.push((text, at, outcome) => {
    outcome.run.work.spend(1 + text.length / 4);
    if (!isFormat(text)) outcome.add('format', at, `Does not match format '${format}'`);
  });
}
