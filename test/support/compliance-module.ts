/** Compliance cases as a module and a plan: many in one build, each in a package of its own, or one as it stands. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import { encodeRego } from '../../src/policy/codec.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { ComplianceCase } from './compliance-cases.ts';
import { fileOf } from './rego-module.ts';

/** Given the bindings of each solution of a query, as values: sets survive, which they would not in a result. */
export const CAPTURE = 'test.capture';
export const SLEEP = 'test.sleep';

/** What to evaluate for a case. */
export interface CaseEntrypoint {
  readonly path: string;
  /** The query is `data = …` with this variable: the entrypoint is what it is bound to, and nothing is captured. */
  readonly variable?: string;
}

/** One compilation for both targets. */
export interface CompiledCases {
  readonly wasm: Buffer;
  readonly plan: Buffer;
  readonly entrypoints: ReadonlyMap<ComplianceCase, CaseEntrypoint>;
  /** JSON. */
  readonly dataText: string;
}

export interface Compilation {
  /** Undefined when the compiler refuses every case. */
  readonly compiled: CompiledCases | undefined;
  /** Cases that the compiler refuses, with its words. */
  readonly refused: ReadonlyMap<ComplianceCase, string>;
}

/** A case with the package that everything of it is moved below; undefined: it stays as it is. */
type Placed = readonly [one: ComplianceCase, scope: string | undefined];

/**
 * Compiles the cases, all of one Rego version, in one build: each below a package of its own. What the compiler refuses so
 * is taken out, and the rest compiled without.
 */
export async function compileTogether(cases: readonly ComplianceCase[]): Promise<Compilation> {
  const refused = new Map<ComplianceCase, string>();
  for (;;) {
    const placed = cases.map((one, i): Placed => [one, `c${i}`]).filter(([one]) => !refused.has(one));
    if (placed.length === 0) return { compiled: undefined, refused };
    const built = await build(placed);
    if (typeof built !== 'string') return { compiled: built, refused };
    const before = refused.size;
    for (const [line, index] of built.matchAll(/\/c(\d+)-\w+\.rego:[^\n]*/g)) {
      refused.set(cases[Number(index)]!, line);
    }
    if (refused.size === before) throw new Error(`opa build: ${built}`);
  }
}

/** Compiles one case in its own packages, as OPA's own tests do. */
export async function compileAlone(one: ComplianceCase): Promise<Compilation> {
  const built = await build([[one, undefined]]);
  return typeof built === 'string'
    ? { compiled: undefined, refused: new Map([[one, built]]) }
    : { compiled: built, refused: new Map() };
}

/** Gives the compiler's words when it refuses. */
async function build(placed: readonly Placed[]): Promise<CompiledCases | string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-compliance-'));
  try {
    const entrypoints = new Map<ComplianceCase, CaseEntrypoint>();
    for (const [one, scope] of placed) entrypoints.set(one, await writeCase(folder, one, scope));
    const paths = [...entrypoints.values()].map(({ path }) => path);
    const v0 = placed[0]?.[0].version === 'v0';
    const [wasm, plan] = await Promise.all([
      runBuild(folder, 'wasm', 'policy.wasm', paths, v0),
      runBuild(folder, 'plan', 'plan.json', paths, v0),
    ]);
    if (typeof wasm === 'string') return wasm;
    if (typeof plan === 'string') return plan;
    return { wasm, plan, entrypoints, dataText: dataOf(placed) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeCase(
  folder: string,
  one: ComplianceCase,
  scope: string | undefined,
): Promise<CaseEntrypoint> {
  const placed = (rego: string): string => (scope === undefined ? rego : rescope(rego, scope));
  for (const [i, text] of one.modules.entries()) {
    await writeFile(join(folder, `${scope ?? 'test'}-${i}.rego`), placed(text));
  }
  const variable = /^data = (\w+)$/.exec(one.query)?.[1];
  if (scope === undefined && variable !== undefined) return { path: '', variable };

  const names = new Set(one.wantResult?.flatMap((bindings) => [...bindings.keys()] as string[]) ?? []);
  const bindings = Array.from(names, (name) => `${JSON.stringify(name)}: ${name}`).join(', ');
  const solve = `${placed(one.query)}\n  ${CAPTURE}({${bindings}})`;
  const run = `count(solutions) >= 0${one.inputTerm === undefined ? '' : ` with input as ${one.inputTerm}`}`;
  const rules =
    one.version === 'v0'
      ? [`solutions[1] {\n  ${solve}\n}`, `run { ${run} }`]
      : [`solutions contains 1 if {\n  ${solve}\n}`, `run if { ${run} }`];
  const packages = [...(scope === undefined ? [] : [scope]), 'query_of_case'];
  await writeFile(
    join(folder, `${scope ?? 'test'}-query.rego`),
    [`package ${packages.join('.')}`, ...rules].join('\n\n'),
  );
  return { path: [...packages, 'run'].join('/') };
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

function dataOf(placed: readonly Placed[]): string {
  const [first] = placed;
  if (first !== undefined && first[1] === undefined) return encodeRego(first[0].data ?? new Map());
  const members = placed.flatMap(([one, scope]): [RegoValue, RegoValue][] =>
    one.data instanceof Map ? [[scope!, one.data]] : [],
  );
  return encodeRego(new Map(members));
}

async function runBuild(
  folder: string,
  target: 'wasm' | 'plan',
  file: string,
  entrypoints: readonly string[],
  v0: boolean,
): Promise<Buffer | string> {
  const bundle = join(folder, `${target}.tar.gz`);
  const capabilities = join(folder, `${target}-capabilities.json`);
  await writeFile(capabilities, await capabilitiesText());
  const run = await runOpa([
    'build',
    ...(v0 ? ['--v0-compatible'] : []),
    `--target=${target}`,
    `--capabilities=${capabilities}`,
    `--output=${bundle}`,
    ...entrypoints.flatMap((path) => ['--entrypoint', path]),
    '--ignore=*.json',
    '--ignore=*.tar.gz',
    folder,
  ]);
  if (run.exitCode !== 0) return run.stderr + run.stdout.toString('utf8');
  return fileOf(await readFile(bundle), file);
}

let capabilities: Promise<string> | undefined;

/** OPA's own, with the builtins that only the cases call. */
function capabilitiesText(): Promise<string> {
  capabilities ??= runOpa(['capabilities', '--current']).then(({ stdout }) => {
    const current = JSON.parse(stdout.toString('utf8')) as { builtins: unknown[] };
    const decl = { type: 'function', args: [{ type: 'any' }], result: { type: 'any' } };
    const builtins = [...current.builtins, { name: CAPTURE, decl }, { name: SLEEP, decl }];
    return JSON.stringify({ ...current, builtins });
  });
  return capabilities;
}

/** The names of every builtin that OPA has. */
export async function opaBuiltins(): Promise<readonly string[]> {
  const { builtins } = JSON.parse(await capabilitiesText()) as { builtins: { name: string }[] };
  return builtins.map(({ name }) => name).filter((name) => name !== CAPTURE && name !== SLEEP);
}
