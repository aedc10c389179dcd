/** Compliance cases as one module: each case in a package of its own, so that one build serves many. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { ComplianceCase } from './compliance-cases.ts';
import { fileOf } from './rego-module.ts';

/** Given the bindings of each solution of a query, as values: sets survive, which they would not in a result. */
export const CAPTURE = 'test.capture';
export const SLEEP = 'test.sleep';

export interface CaseModule {
  readonly bytes: Buffer;
  /** By case: what to evaluate. */
  readonly entrypoints: ReadonlyMap<ComplianceCase, string>;
  readonly dataText: string;
  /** Every builtin that OPA knows. */
  readonly opaBuiltins: readonly string[];
  /** Cases that the compiler refuses, with its words. */
  readonly refused: ReadonlyMap<ComplianceCase, string>;
}

/** Compiles the cases, all of one Rego version; what the compiler refuses is taken out and compiled without. */
export async function compileCases(cases: readonly ComplianceCase[]): Promise<CaseModule> {
  const refused = new Map<ComplianceCase, string>();
  const capabilities = await opaCapabilities();
  for (;;) {
    const left = cases.filter((one) => !refused.has(one));
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-compliance-'));
    try {
      for (const one of left) await writeCase(folder, `c${cases.indexOf(one)}`, one);
      const entrypoints = new Map(left.map((one) => [one, entrypoint(cases.indexOf(one))]));
      const errors = await build(folder, capabilities, [...entrypoints.values()], cases[0]?.version === 'v0');
      if (errors === undefined) {
        return {
          bytes: await fileOf(await readFile(join(folder, 'bundle.tar.gz')), 'policy.wasm'),
          entrypoints,
          dataText: dataOf(cases),
          opaBuiltins: capabilities.builtins.map(({ name }) => name),
          refused,
        };
      }
      const before = refused.size;
      for (const [line, index] of errors.matchAll(/\/c(\d+)-\w+\.rego:[^\n]*/g)) {
        refused.set(cases[Number(index)]!, line);
      }
      if (refused.size === before) throw new Error(`opa build: ${errors}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function entrypoint(index: number): string {
  return `c${index}/query_of_case/run`;
}

async function writeCase(folder: string, scope: string, one: ComplianceCase): Promise<void> {
  for (const [i, text] of one.modules.entries()) {
    await writeFile(join(folder, `${scope}-${i}.rego`), rescope(text, scope));
  }
  const names = new Set(one.wantResult?.flatMap((bindings) => [...bindings.keys()] as string[]) ?? []);
  const bindings = Array.from(names, (name) => `${JSON.stringify(name)}: ${name}`).join(', ');
  const solve = `${rescope(one.query, scope)}\n  ${CAPTURE}({${bindings}})`;
  const run = `count(solutions) >= 0${one.inputTerm === undefined ? '' : ` with input as ${one.inputTerm}`}`;
  const rules =
    one.version === 'v0'
      ? [`solutions[1] {\n  ${solve}\n}`, `run { ${run} }`]
      : [`solutions contains 1 if {\n  ${solve}\n}`, `run if { ${run} }`];
  await writeFile(
    join(folder, `${scope}-query.rego`),
    [`package ${scope}.query_of_case`, ...rules].join('\n\n'),
  );
}

/** Moves packages and references to data below `scope`; leaves strings and comments alone. */
function rescope(rego: string, scope: string): string {
  const reference = /(?<![\w.])data(?=[.[])/g;
  return rego.replace(
    /\$"(?:\\.|[^"\\])*"|\$`[^`]*`|"(?:\\.|[^"\\])*"|`[^`]*`|#[^\n]*|^\s*package\s+|(?<![\w.])data(?=[.[])/gm,
    (token) => {
      if (token.startsWith('$')) return token.replaceAll(reference, `data.${scope}`);
      if (/^["`#]/.test(token)) return token;
      return token === 'data' ? `data.${scope}` : `${token}${scope}.`;
    },
  );
}

function dataOf(cases: readonly ComplianceCase[]): string {
  const members = cases.flatMap((one, i): [string, RegoValue][] =>
    one.data instanceof Map ? [[`c${i}`, one.data]] : [],
  );
  return regoText(new Map(members));
}

interface Capabilities {
  readonly builtins: { readonly name: string; readonly decl: unknown }[];
}

async function opaCapabilities(): Promise<Capabilities> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  return JSON.parse(stdout.toString('utf8')) as Capabilities;
}

async function build(
  folder: string,
  capabilities: Capabilities,
  entrypoints: readonly string[],
  v0: boolean,
): Promise<string | undefined> {
  const decl = { type: 'function', args: [{ type: 'any' }], result: { type: 'any' } };
  const builtins = [...capabilities.builtins, { name: CAPTURE, decl }, { name: SLEEP, decl }];
  const capabilitiesFile = join(folder, 'capabilities.json');
  await writeFile(capabilitiesFile, JSON.stringify({ ...capabilities, builtins }));
  const run = await runOpa([
    'build',
    ...(v0 ? ['--v0-compatible'] : []),
    '--target=wasm',
    `--capabilities=${capabilitiesFile}`,
    `--output=${join(folder, 'bundle.tar.gz')}`,
    ...entrypoints.flatMap((path) => ['--entrypoint', path]),
    '--ignore=*.json',
    '--ignore=*.tar.gz',
    folder,
  ]);
  return run.exitCode === 0 ? undefined : run.stderr + run.stdout.toString('utf8');
}
