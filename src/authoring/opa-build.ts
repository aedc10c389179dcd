import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import { MODULE_FILE, PLAN_FILE } from '../bundle/file-names.ts';
import { PortcullisError } from '../errors.ts';
import type { SourceFile } from './sources.ts';
import { runStaged } from './staging.ts';

const FILES = { wasm: MODULE_FILE, plan: PLAN_FILE } as const;

/** OPA's compiler for sources that are staged in folders. Its mistakes become PortcullisError `build_failed`. */
export class OpaBuild {
  readonly #scratch: string;
  readonly #files: readonly SourceFile[];
  readonly #opaPath: string | undefined;

  /** Archives are written to `scratch`; messages name the places of `files`. */
  constructor(scratch: string, files: readonly SourceFile[], opaPath: string | undefined) {
    this.#scratch = scratch;
    this.#files = files;
    this.#opaPath = opaPath;
  }

  /** Gives what OPA wrote to standard output. */
  async run(cwd: string, ...args: readonly string[]): Promise<Buffer> {
    const { ok, stdout, message } = await runStaged(this.#files, cwd, args, this.#opaPath);
    if (!ok) throw new PortcullisError('build_failed', message);
    return stdout;
  }

  /** Compiles the sources in a folder to a module or a plan. */
  async compile(cwd: string, target: 'wasm' | 'plan', entrypoints: readonly string[]): Promise<Uint8Array> {
    const output = join(this.#scratch, `${target}.tar.gz`);
    const flags = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
    await this.run(cwd, 'build', '-b', '.', '-t', target, '--prune-unused', ...flags, '-o', output);
    const files = await readArchive(await readFile(output), DEFAULT_ARCHIVE_LIMITS);
    const file = files.find(({ path }) => path === FILES[target]);
    if (file === undefined) throw new PortcullisError('build_failed', `opa build wrote no ${FILES[target]}`);
    return file.bytes;
  }
}

/** Those asked for, then those annotated. Throws PortcullisError `build_failed` when there are none. */
export function allEntrypoints(asked: readonly string[], annotated: readonly string[]): string[] {
  const entrypoints = [...new Set([...asked, ...annotated])];
  if (entrypoints.length > 0) return entrypoints;
  throw new PortcullisError(
    'build_failed',
    'no entrypoint: name one with -e, or annotate a rule with `entrypoint: true` under # METADATA',
  );
}
