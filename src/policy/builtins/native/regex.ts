import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { intOperand, stringOperand } from '../operands.ts';
import { compileRegex, isRegex } from '../regex-cache.ts';
import { findMatches, hasMatch } from '../regex-matches.ts';
import { WorkBudget } from '../work-budget.ts';

/** Regular expressions with RE2's syntax and the semantics of Go's regexp package (v1/topdown/regex.go). */

/** What the groups of one call's matches may hold, with their characters: each match repeats all groups. */
const MAX_RESULT_LENGTH = 16 * 1024 * 1024;

function isMatch(pattern: RegoValue, text: RegoValue): boolean {
  const source = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  return hasMatch(compileRegex(source), subject);
}

/** Each match with its groups; one that took no part is empty. */
function findAll(pattern: RegoValue, text: RegoValue, limit: RegoValue): string[][] {
  const source = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  const count = intOperand(limit, 3);
  const regex = compileRegex(source);
  const budget = new WorkBudget(
    `the matches are longer than ${MAX_RESULT_LENGTH} characters`,
    MAX_RESULT_LENGTH,
  );
  return Array.from(findMatches(regex, subject, count, regex.groupCount()), (match) => {
    const groups: string[] = [];
    for (let i = 0; i < match.length; i += 2) {
      const [start = -1, end = -1] = match.slice(i, i + 2);
      budget.spend(1 + end - start);
      groups.push(start < 0 ? '' : subject.slice(start, end));
    }
    return groups;
  });
}

export const nativeRegexBuiltins: readonly Builtin[] = [
  {
    name: 'regex.is_valid',
    effects: [],
    call: (_context, pattern) => typeof pattern === 'string' && isRegex(pattern),
  },
  { name: 'regex.match', effects: [], call: (_context, pattern, text) => isMatch(pattern, text) },
  // Its deprecated name.
  { name: 're_match', effects: [], call: (_context, pattern, text) => isMatch(pattern, text) },
  {
    name: 'regex.find_all_string_submatch_n',
    effects: [],
    call: (_context, pattern, text, n) => findAll(pattern, text, n),
  },
];
