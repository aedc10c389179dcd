/** Small policies as plans, compiled by the real OPA for a test. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import { fileOf } from './rego-module.ts';

/** The bytes of `plan.json`. Each text is a file. */
export async function buildPlan(rego: readonly string[], entrypoints: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-plan-'));
  try {
    const files = rego.map((_, index) => join(folder, `policy${index}.rego`));
    for (const [index, file] of files.entries()) await writeFile(file, rego[index] as string);
    const bundle = join(folder, 'bundle.tar.gz');
    const args = ['build', '-t', 'plan', '-o', bundle, ...entrypoints.flatMap((path) => ['-e', path])];
    const run = await runOpa([...args, ...files]);
    if (run.exitCode !== 0) throw new Error(`opa build: ${run.stderr}${run.stdout.toString('utf8')}`);
    return await fileOf(await readFile(bundle), 'plan.json');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A policy set that only a plan evaluator can answer: its module is empty. `data` is JSON text. */
export function plannedSet(
  plan: Uint8Array,
  entrypoints: readonly string[],
  data = '{}',
): PolicySetDescriptor {
  const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  return {
    name: 'test',
    modules: [
      {
        bundle: 'policy',
        module: empty,
        digest: '',
        memoryPages: { minimum: 0, maximum: undefined },
        entrypoints: Object.fromEntries(entrypoints.map((path, number) => [path, number])),
        builtins: {},
        plan,
      },
    ],
    dataJson: Buffer.from(data),
    entrypoints,
    defaultEntrypoint: entrypoints[0],
    policyDigest: '',
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
}
