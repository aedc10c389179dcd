import type { RE2JS } from 're2js';
import { BuiltinError } from './builtin.ts';
import type { MatchIndices } from './regex-matches.ts';

/** `$$`, `$name` and `${name}`; Go takes the longest run of letters, digits and underscores as the name. */
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/** More references are refused: each match goes through all of them. */
const MAX_REFERENCES = 100;

/** A replacement of `regex.replace`, taken apart once for all matches. */
export interface Replacement {
  /** The highest group that it refers to. */
  readonly groups: number;
  expand(subject: string, match: MatchIndices): string;
}

/**
 * Go's Regexp.Expand: puts a match's groups into a replacement. A group that does not exist or took no part is
 * empty; a `$` that starts no reference stays. `$1x` is the group named `1x`, unlike in JavaScript. Throws BuiltinError.
 */
export function parseReplacement(template: string, regex: RE2JS): Replacement {
  const count = regex.groupCount();
  const names = regex.namedGroups();
  const groups: number[] = [];
  let from = 0;
  let literal = '';
  // One more than there are groups: what stands before each of them, and after the last.
  const literals: string[] = [];
  for (const { 0: reference, 1: plain, 2: braced, index } of template.matchAll(REFERENCE)) {
    literal += template.slice(from, index);
    from = index + reference.length;
    const name = plain ?? braced;
    const group = name === undefined ? undefined : groupNumber(name, names);
    if (name === undefined) literal += '$';
    if (group === undefined || group > count) continue;
    literals.push(literal);
    groups.push(group);
    literal = '';
    if (groups.length > MAX_REFERENCES) {
      throw new BuiltinError(`the replacement has more than ${MAX_REFERENCES} references to groups`);
    }
  }
  literals.push(literal + template.slice(from));
  return {
    groups: Math.max(0, ...groups),
    expand: (subject, match) => {
      let out = '';
      for (const [i, text] of literals.entries()) {
        const group = groups[i];
        const start = group === undefined ? -1 : (match[2 * group] ?? -1);
        out += start < 0 ? text : text + subject.slice(start, match[2 * group! + 1]);
      }
      return out;
    },
  };
}

function groupNumber(name: string, names: Readonly<Record<string, number>>): number | undefined {
  if (/^(0|[1-9][0-9]{0,7})$/.test(name)) return Number(name);
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
