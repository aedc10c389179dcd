/** OPA's compliance cases, read from the published Go module. They are OPA's: nothing of them is kept here. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { OPA_VERSION } from '../../src/authoring/opa-tool.ts';
import { runProcess } from '../../src/authoring/run-process.ts';
import { bigintToNumber } from '../../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../../src/policy/value.ts';

export type RegoVersion = 'v0' | 'v1';

export interface ComplianceCase {
  /** The version, the case's folder and its note: unique enough to name an exception by. */
  readonly name: string;
  readonly version: RegoVersion;
  /** Of the suite, such as `aggregates`. */
  readonly folder: string;
  readonly query: string;
  readonly modules: readonly string[];
  readonly data: RegoValue | undefined;
  readonly input: RegoValue | undefined;
  /** The input as Rego source, where JSON cannot hold it. */
  readonly inputTerm: string | undefined;
  readonly wantResult: readonly ReadonlyMap<RegoValue, RegoValue>[] | undefined;
  readonly wantDefined: boolean | undefined;
  readonly wantErrorCode: string | undefined;
  /** A part of the error's message. */
  readonly wantError: string | undefined;
  /** The error shows only with strict builtin errors, which modules do not have: the result must be empty. */
  readonly strictError: boolean;
  readonly sortBindings: boolean;
}

/** The folder of OPA's Go module, downloaded by Go when it is not there; undefined when it cannot be had. */
export async function opaModuleFolder(): Promise<string | undefined> {
  const path = `github.com/open-policy-agent/opa@v${OPA_VERSION}`;
  const cache = (await go(['env', 'GOMODCACHE'])) ?? join(homedir(), 'go/pkg/mod');
  const folder = join(cache, path);
  if (existsSync(join(folder, 'v1/test/cases'))) return folder;
  const downloaded = await go(['mod', 'download', '-json', path]);
  return downloaded === undefined ? undefined : (JSON.parse(downloaded) as { Dir: string }).Dir;
}

/** The cases of the named folders, those of both Rego versions. */
export function readCases(moduleFolder: string, folders: readonly string[]): ComplianceCase[] {
  const root = join(moduleFolder, 'v1/test/cases/testdata');
  return folders.flatMap((folder) =>
    globSync(join(root, '{v0,v1}', folder, '*.yaml'))
      .sort()
      .flatMap((file) => readFile(root, file)),
  );
}

async function go(args: readonly string[]): Promise<string | undefined> {
  try {
    const run = await runProcess('go', args, { timeoutMs: 120_000 });
    return run.exitCode === 0 ? run.stdout.toString('utf8').trim() : undefined;
  } catch {
    return undefined;
  }
}

function readFile(root: string, file: string): ComplianceCase[] {
  const [version = '', folder = ''] = relative(root, file).split('/');
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { intAsBigInt: true });
  return [documents].flat().flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message}`);
    const content = toRego(document.toJS({ mapAsMap: true, maxAliasCount: -1 }));
    const cases = (content as Map<RegoValue, RegoValue> | null)?.get('cases') ?? [];
    return (cases as Map<string, RegoValue>[]).map((fields) =>
      toCase(version as RegoVersion, folder, fields),
    );
  });
}

function toCase(
  version: RegoVersion,
  folder: string,
  fields: ReadonlyMap<string, RegoValue>,
): ComplianceCase {
  const note = fields.get('note') as string;
  return {
    name: `${version} ${note.startsWith(`${folder}/`) ? '' : `${folder}: `}${note}`,
    version,
    folder,
    query: fields.get('query') as string,
    modules: (fields.get('modules') as string[] | undefined) ?? [],
    data: fields.get('data'),
    input: fields.get('input'),
    inputTerm: fields.get('input_term') as string | undefined,
    wantResult: fields.get('want_result') as ReadonlyMap<RegoValue, RegoValue>[] | undefined,
    wantDefined: fields.get('want_defined') as boolean | undefined,
    wantErrorCode: fields.get('want_error_code') as string | undefined,
    wantError: fields.get('want_error') as string | undefined,
    strictError: fields.get('strict_error') === true,
    sortBindings: fields.get('sort_bindings') === true,
  };
}

function toRego(value: unknown): RegoValue {
  if (typeof value === 'bigint') return bigintToNumber(value);
  if (Array.isArray(value)) return value.map(toRego);
  if (!(value instanceof Map)) return value as RegoValue;
  return new Map(Array.from(value, ([key, member]) => [String(key), toRego(member)]));
}
