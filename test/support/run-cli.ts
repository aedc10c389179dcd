/** Runs commands in this process, in a folder of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CliIo, ExitCode } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface CliFolder {
  readonly cwd: string;
  readonly run: (args: readonly string[], given?: Partial<CliIo>) => Promise<Ran>;
  readonly write: (name: string, content: string | Uint8Array) => Promise<void>;
}

/** The folder is removed when the test ends. */
export async function cliFolder(t: TestContext): Promise<CliFolder> {
  const cwd = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  return {
    cwd,
    write: (name, content) => writeFile(join(cwd, name), content),
    run: async (args, given = {}) => {
      const { io, printed } = recordingIo({ cwd, ...given });
      const code = await runCli(args, io);
      return { code, ...printed };
    },
  };
}

/** An io that keeps what is printed. */
export function recordingIo(given: Partial<CliIo>): { io: CliIo; printed: { out: string; err: string } } {
  const printed = { out: '', err: '' };
  const io: CliIo = {
    stdout: { write: (text: string) => (printed.out += text) },
    stderr: { write: (text: string) => (printed.err += text) },
    stdin: () => Promise.resolve(new Uint8Array()),
    isTty: false,
    color: false,
    cwd: '/',
    env: {},
    signal: new AbortController().signal,
    onReload: () => () => {},
    ...given,
  };
  return { io, printed };
}
