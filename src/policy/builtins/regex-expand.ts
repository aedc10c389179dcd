import type { MatchIndices } from './regex-cache.ts';

/** `$$`, `$name` and `${name}`; Go takes the longest run of letters, digits and underscores as the name. */
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * Go's Regexp.Expand: puts a match's groups into a replacement. A group that does not exist or took no part is
 * empty; a `$` that starts no reference stays. `$1x` is the group named `1x`, unlike in JavaScript.
 */
export function expandTemplate(
  template: string,
  subject: string,
  match: MatchIndices,
  names: Readonly<Record<string, number>>,
): string {
  if (!template.includes('$')) return template;
  return template.replace(REFERENCE, (reference: string, plain?: string, braced?: string) => {
    const name = plain ?? braced;
    if (name === undefined) return '$';
    const group = groupNumber(name, names);
    const start = group === undefined ? -1 : (match[2 * group] ?? -1);
    return start < 0 ? '' : subject.slice(start, match[2 * group! + 1]);
  });
}

function groupNumber(name: string, names: Readonly<Record<string, number>>): number | undefined {
  if (/^(0|[1-9][0-9]{0,7})$/.test(name)) return Number(name);
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
