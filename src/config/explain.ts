/** Turns what zod finds into mistakes in plain words. Values are never repeated, since they may be secret. */
import type { z } from 'zod';
import { type ConfigPath, type Mistake, suggestion } from './mistake.ts';
import { knownKeys, nodeAt } from './schema-tree.ts';

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of names and values',
  array: 'a list',
};

type Issue = z.core.$ZodIssue;

/** Words for zod's own findings; messages that the schema brings go before these. */
export function issueMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return undefined;
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') {
    return `write ${NOUNS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
  }
  return `write ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
}

/** The mistakes behind zod's findings. */
export function mistakesOf(issues: readonly Issue[], base: ConfigPath = []): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }));
    }
    if (issue.code === 'invalid_key') {
      return issue.issues.map((inner) => ({ path, message: inner.message }));
    }
    return issue.code === 'invalid_union' ? unionMistakes(issue, path) : [{ path, message: issue.message }];
  });
}

function unionMistakes(issue: z.core.$ZodIssueInvalidUnion, path: ConfigPath): Mistake[] {
  if (issue.discriminator !== undefined) {
    return [{ path, message: issue.message }];
  }
  const meant = issue.errors.find(failsInside);
  if (meant !== undefined) return mistakesOf(meant, path);
  const ways = issue.errors.flat().map((inner) => inner.message.replace(/^write |, not .*$/g, ''));
  return [{ path, message: `write ${[...new Set(ways)].join(' or ')}` }];
}

/** The alternative that the author seems to have meant fails inside, not by its kind. */
function failsInside(issues: readonly Issue[]): boolean {
  return issues.every((issue) => issue.path.length > 0 || !/^invalid_(?:type|value)$/.test(issue.code));
}

function unknownKey(path: ConfigPath, key: string): string {
  const node = nodeAt(path);
  return `is not a known key${suggestion(key, node === undefined ? [] : knownKeys(node))}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : (NOUNS[typeof value] ?? typeof value);
}
