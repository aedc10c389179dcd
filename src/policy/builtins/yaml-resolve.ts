import { type ResolvedScalar, resolveScalar } from '../../bundle/yaml-scalar.ts';
import type { RegoNumber } from '../value.ts';
import { decodeBase64 } from './go-base64.ts';
import { formatTime } from './go-time-format.ts';
import { numberText, textToNumber } from './numbers.ts';
import { YamlError } from './yaml-error.ts';
import { isYamlTime, parseYamlTime } from './yaml-time.ts';

/** A scalar as go-yaml resolves it (resolve.go), floats as doubles: infinities and NaN have no JSON. */
export type YamlScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: RegoNumber }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'str' | 'time'; readonly value: string };

const TAG = 'tag:yaml.org,2002:';

const MAX_INT64 = 2n ** 63n - 1n;

const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

/** What the text means under its tag, if any. `isQuoted` is every style but plain. Throws YamlError. */
export function resolveYaml(text: string, tag: string | undefined, isQuoted: boolean): YamlScalar {
  const name = tag?.startsWith(TAG) === true ? tag.slice(TAG.length) : undefined;
  const isUntagged = tag === undefined || tag === '!' || tag === '';
  if (isUntagged) return isQuoted ? { kind: 'str', value: text } : resolvePlain(text);
  switch (name) {
    case 'null':
    case 'bool':
    case 'int':
    case 'float':
      return asTagged(name, text);
    case 'timestamp':
      if (!isYamlTime(text)) throw new YamlError(`cannot decode \`${text}\` as a !!timestamp`);
      return { kind: 'time', value: formatTime(parseYamlTime(text)!, RFC3339_NANO) };
    case 'binary':
      return { kind: 'str', value: decodeBinary(text) };
    case undefined:
    default:
      return { kind: 'str', value: text };
  }
}

/** Without a tag. A moment stays text, but keys know that it was one. */
function resolvePlain(text: string): YamlScalar {
  const resolved = resolveScalar(text);
  if (resolved.kind !== 'float' || resolved.value !== undefined) return fromJson(resolved);
  return { kind: 'float', value: notFinite(text) };
}

function asTagged(kind: 'null' | 'bool' | 'int' | 'float', text: string): YamlScalar {
  const scalar = resolvePlain(text);
  if (scalar.kind === kind) return scalar;
  if (kind === 'float' && scalar.kind === 'int') {
    const digits = numberText(scalar.value);
    if (BigInt(digits) <= MAX_INT64) return { kind, value: Number(digits) };
  }
  throw new YamlError(`cannot decode \`${text}\` as a !!${kind}`);
}

function fromJson({ kind, value }: ResolvedScalar): YamlScalar {
  switch (kind) {
    case 'null':
      return { kind };
    case 'bool':
      return { kind, value: value === true };
    case 'int':
      return { kind, value: textToNumber(JSON.stringify(value)) };
    case 'float':
      return { kind, value: Number(JSON.stringify(value)) };
    case 'str':
    default:
      return { kind: 'str', value: value as string };
  }
}

function notFinite(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Bytes that are not UTF-8 become U+FFFD on the way through JSON. */
function decodeBinary(text: string): string {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new YamlError('!!binary value contains invalid base64 data');
  return bytes.toString();
}
