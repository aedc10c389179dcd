import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A part of the input that the plugin refuses a request for when it cannot be parsed. */
export type ParsedPart = 'parsed_path' | 'parsed_query' | 'parsed_body';

/** A policy of the folder `policies`: the package `differential.<name>`. */
export interface DifferentialPolicy {
  readonly name: string;
  /** The rule that is asked. */
  readonly rule: string;
  /** The parsed parts that it can read. */
  readonly reads: readonly ParsedPart[];
  /** It has something to say only to the requests that are made for it. */
  readonly ownRequests?: true;
}

export const POLICIES: readonly DifferentialPolicy[] = [
  { name: 'tokens', rule: 'allow', reads: ['parsed_body'] },
  { name: 'controls', rule: 'result', reads: ['parsed_body'] },
  { name: 'parsed', rule: 'allow', reads: ['parsed_path', 'parsed_query', 'parsed_body'] },
  { name: 'roles', rule: 'allow', reads: ['parsed_path'] },
  { name: 'kitchen', rule: 'allow', reads: ['parsed_path', 'parsed_body'] },
  { name: 'identity', rule: 'decision', reads: [] },
  { name: 'method', rule: 'allow', reads: [] },
  { name: 'echo', rule: 'decision', reads: ['parsed_path', 'parsed_query', 'parsed_body'] },
  { name: 'obligations', rule: 'decision', reads: [] },
  { name: 'broken', rule: 'decision', reads: [], ownRequests: true },
  { name: 'forbidden', rule: 'decision', reads: [], ownRequests: true },
  { name: 'undefined', rule: 'decision', reads: [] },
  { name: 'conflict', rule: 'decision', reads: [] },
];

export const entrypointOf = ({ name, rule }: DifferentialPolicy): string => `differential/${name}/${rule}`;

/** The policies' texts, by name; two of them tell the corpus which cases they have. */
export type PolicyTexts = Readonly<Record<string, string>> &
  Readonly<Record<'obligations' | 'broken', string>>;

export async function readPolicies(): Promise<PolicyTexts> {
  const folder = fileURLToPath(new URL('policies', import.meta.url));
  const files = globSync(join(folder, '*.rego')).sort();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return Object.fromEntries(files.map((file, index) => [basename(file, '.rego'), texts[index]!])) as never;
}
