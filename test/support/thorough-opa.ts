/** The real OPA without what it leaves out of an evaluation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import type { OpaAnswer } from './opa-process.ts';
import { DATA, type GeneratedPolicy } from './rego-generator.ts';

/** Neither stops at the first clause that holds, nor leaves out clauses that its index of equalities excludes. */
const THOROUGH = ['--disable-early-exit', '--disable-indexing'];

/** OPA's answer to the policy's entrypoint. A process of its own: too slow to be asked of every pair. */
export async function askThoroughly(
  { name, rego }: GeneratedPolicy,
  inputJson: string | undefined,
): Promise<OpaAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-thorough-'));
  try {
    const files = { 'policy.rego': rego, 'data.json': JSON.stringify(DATA), 'input.json': inputJson };
    for (const [file, content] of Object.entries(files))
      if (content !== undefined) await writeFile(join(folder, file), content);
    const from = ['policy.rego', 'data.json'].flatMap((file) => ['--data', join(folder, file)]);
    const input = inputJson === undefined ? [] : ['--input', join(folder, 'input.json')];
    const { stdout } = await runOpa(['eval', ...THOROUGH, ...from, ...input, `data.${name}.out`]);
    const { errors, result } = JSON.parse(stdout.toString('utf8')) as {
      readonly errors?: readonly { readonly code: string; readonly message: string }[];
      readonly result?: readonly { readonly expressions: readonly { readonly value: unknown }[] }[];
    };
    const [error] = errors ?? [];
    if (error !== undefined) return { error: `${error.code}: ${error.message}` };
    const value = result?.[0]?.expressions[0]?.value;
    return { json: value === undefined ? undefined : JSON.stringify(value) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
