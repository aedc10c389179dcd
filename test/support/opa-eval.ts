import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import { type BuiltinContext, BuiltinError } from '../../src/policy/builtins/builtin.ts';
import { jsonShape } from '../../src/policy/builtins/json-shape.ts';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import { encodeRego } from '../../src/policy/codec.ts';
import type { RegoValue } from '../../src/policy/value.ts';

/** One call: the builtin's operands. */
export type Operands = readonly RegoValue[];

export interface AskOptions {
  /** Hosts that OPA's builtins may reach; any where it is not given. */
  readonly allowNet?: readonly string[];
  /** What is compared of a result, where OPA leaves something to chance. */
  readonly normal?: (result: RegoValue) => RegoValue;
}

/** Asks the real OPA for one builtin's results on many operands, in one process. Undefined where OPA's is. */
async function askOpa(
  builtin: string,
  rows: readonly Operands[],
  { allowNet }: AskOptions,
): Promise<(RegoValue | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'opa-eval-'));
  try {
    const arity = rows[0]?.length ?? 0;
    const operands = Array.from({ length: arity }, (_, i) => `row[${i}]`).join(', ');
    // The one relation: a plan has the array of all that it gives.
    const call = builtin === 'walk' ? '[pair | walk(row[0], pair)]' : `${builtin}(${operands})`;
    const inPolicy = rows.some((row) => row.some(isBeyondJson));
    const policy = [
      'package ask',
      'import future.keywords',
      // OPA remembers a function's results by its arguments, and 0, -0 and 0.0 are equal: the index keeps rows apart.
      `results := [result | some i, row in ${inPolicy ? 'rows' : 'input'}; result := one(i, row)]`,
      'default one(_, _) := []',
      `one(_, row) := [${call}]`,
      ...(inPolicy ? [`rows := ${encodeRego(rows as RegoValue[][])}`] : []),
    ].join('\n');
    await writeFile(join(folder, 'ask.rego'), policy);
    await writeFile(join(folder, 'input.json'), inPolicy ? '[]' : encodeRego(rows as RegoValue[][]));
    // Version 1 refuses deprecated builtins.
    const args = [
      'eval',
      '--v0-compatible',
      '--format=raw',
      '--input=input.json',
      '--data=ask.rego',
      'data.ask.results',
    ];
    if (allowNet !== undefined) {
      await writeFile(join(folder, 'capabilities.json'), await capabilities(allowNet));
      args.push('--capabilities=capabilities.json');
    }
    const { exitCode, stdout, stderr } = await runOpa(args, { cwd: folder });
    if (exitCode !== 0) throw new Error(`opa eval failed: ${stderr}${stdout.toString()}`);
    return (parseJson(stdout.toString()) as RegoValue[][]).map((result) => result[0]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function capabilities(allowNet: readonly string[]): Promise<string> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  return JSON.stringify({ ...(JSON.parse(stdout.toString()) as object), allow_net: allowNet });
}

/** Rows on which the registered builtin and the real OPA differ, one line each; numbers are compared by their text. */
async function disagreements(
  builtin: string,
  rows: readonly Operands[],
  options: AskOptions,
): Promise<string[]> {
  const expected = await askOpa(builtin, rows, options);
  const shown = (result: RegoValue | undefined): string =>
    show(result === undefined ? undefined : (options.normal?.(result) ?? result));
  if (expected.length !== rows.length) throw new Error(`${expected.length} results for ${rows.length} rows`);
  return rows.flatMap((row, i) => {
    const ours = shown(callBuiltin(builtin, ...row));
    const theirs = shown(expected[i]);
    return ours === theirs ? [] : [`${builtin}${regoText([...row])}\n  ours ${ours}\n  OPA  ${theirs}`];
  });
}

/** Fails with the first rows on which the builtin and the real OPA differ. */
export async function agree(
  builtin: string,
  rows: readonly Operands[],
  options: AskOptions = {},
): Promise<void> {
  const found = await disagreements(builtin, rows, options);
  const shown = found.slice(0, 20).join('\n').slice(0, 8_000);
  assert.equal(found.length, 0, `${found.length} of ${rows.length} differ\n${shown}`);
}

/** Calls a builtin of the registries; a BuiltinError is undefined, as in an evaluation, unless it halts. */
export function callBuiltin(name: string, ...operands: RegoValue[]): RegoValue | undefined {
  const builtin = BUILTINS.get(name) ?? NATIVE_BUILTINS.get(name);
  if (builtin === undefined) throw new Error(`no builtin ${name}`);
  try {
    return builtin.call(CONTEXT, ...operands);
  } catch (error) {
    if (error instanceof BuiltinError && !error.halt) return undefined;
    throw error;
  }
}

const CONTEXT: BuiltinContext = {
  nowNs: 1_795_305_600_123_456_789n,
  policyNowNs: () => CONTEXT.nowNs,
  narrow: () => {},
  randomBytes: (size) => new Uint8Array(size),
  memo: new Map(),
  runtime: new Map(),
  print: () => {},
};

/** As OPA writes results into JSON: sets as sorted arrays, keys by their text. */
function show(value: RegoValue | undefined): string {
  return value === undefined ? 'undefined' : regoText(jsonShape(value));
}

/** Whether the value is or holds a set or a key that is no string. */
function isBeyondJson(value: RegoValue): boolean {
  if (value instanceof Set) return true;
  if (Array.isArray(value)) return value.some(isBeyondJson);
  if (!(value instanceof Map)) return false;
  return [...value].some(([key, member]) => typeof key !== 'string' || isBeyondJson(member));
}
