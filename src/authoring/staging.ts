import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOpa } from './opa-tool.ts';
import type { SourceFile } from './sources.ts';

/** Gives `work` a folder of its own that is gone afterwards. */
export async function inScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-build-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes sources to where they have their place in the bundle, so that what OPA makes of them does not depend on where they lay. */
export async function stage(folder: string, files: readonly SourceFile[]): Promise<void> {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export interface StagedRun {
  readonly ok: boolean;
  readonly stdout: Buffer;
  /** What OPA said to people, with the author's own files named. */
  readonly message: string;
}

/** Runs OPA in a folder of staged sources. */
export async function runStaged(
  files: readonly SourceFile[],
  cwd: string,
  args: readonly string[],
  opaPath: string | undefined,
): Promise<StagedRun> {
  const { exitCode, stdout, stderr } = await runOpa(args, { cwd, opaPath });
  const origin = new Map(files.map(({ path, file }) => [path, file]));
  const message = `${stderr}${stdout.toString()}`
    .trim()
    .replace(/^error: |bundle \.: /g, '')
    .replace(/[^\s:]+\.(?:rego|json|ya?ml)(?=[:\s]|$)/g, (path) => origin.get(path) ?? path);
  return { ok: exitCode === 0, stdout, message };
}
