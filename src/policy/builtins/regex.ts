import type { RegoValue } from '../value.ts';
import type { Builtin } from './builtin.ts';
import { globsIntersect } from './globs-match.ts';
import { checkLength } from './go-flags.ts';
import { intOperand, stringOperand } from './operands.ts';
import { compileRegex } from './regex-cache.ts';
import { parseReplacement } from './regex-expand.ts';
import { findMatches, hasMatch } from './regex-matches.ts';
import { templatePattern } from './regex-template.ts';

/** Regular expressions with RE2's syntax and the semantics of Go's regexp package. The other ones are in the module. */

function findN(pattern: RegoValue, text: RegoValue, limit: RegoValue): RegoValue {
  const source = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  const count = intOperand(limit, 3);
  const matches = findMatches(compileRegex(source), subject, count);
  return Array.from(matches, ([start, end]) => subject.slice(start, end));
}

function split(pattern: RegoValue, text: RegoValue): RegoValue {
  const source = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  const regex = compileRegex(source);
  if (source !== '' && subject === '') return [''];
  const parts: string[] = [];
  let from = 0;
  let until = 0;
  for (const [start = 0, end = 0] of findMatches(regex, subject, -1)) {
    // An empty match at the very start separates nothing.
    until = start;
    if (end !== 0) {
      parts.push(subject.slice(from, until));
      from = end;
    }
  }
  if (until !== subject.length) parts.push(subject.slice(from));
  return parts;
}

function replace(base: RegoValue, pattern: RegoValue, value: RegoValue): RegoValue {
  const subject = stringOperand(base, 1);
  const source = stringOperand(pattern, 2);
  const template = stringOperand(value, 3);
  const regex = compileRegex(source);
  const replacement = parseReplacement(template, regex);
  let out = '';
  let from = 0;
  for (const match of findMatches(regex, subject, -1, replacement.groups)) {
    out += subject.slice(from, match[0]) + replacement.expand(subject, match);
    checkLength(out.length);
    from = match[1] ?? from;
  }
  return out + subject.slice(from);
}

function templateMatch(template: RegoValue, text: RegoValue, start: RegoValue, end: RegoValue): boolean {
  const source = stringOperand(template, 1);
  const subject = stringOperand(text, 2);
  const pattern = templatePattern(source, stringOperand(start, 3), stringOperand(end, 4));
  return hasMatch(compileRegex(pattern), subject);
}

export const regexBuiltins: readonly Builtin[] = [
  { name: 'regex.find_n', effects: [], call: (_context, pattern, text, n) => findN(pattern, text, n) },
  { name: 'regex.split', effects: [], call: (_context, pattern, text) => split(pattern, text) },
  { name: 'regex.replace', effects: [], call: (_context, text, pattern, to) => replace(text, pattern, to) },
  {
    name: 'regex.template_match',
    effects: [],
    call: (_context, template, text, start, end) => templateMatch(template, text, start, end),
  },
  {
    name: 'regex.globs_match',
    effects: [],
    call: (_context, left, right) => globsIntersect(stringOperand(left, 1), stringOperand(right, 2)),
  },
];
