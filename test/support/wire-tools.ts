/** Tools that speak HTTP/2 and gRPC to the transport from outside. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../../src/authoring/run-process.ts';
import { PortcullisError } from '../../src/errors.ts';
import { install, run } from './tools.ts';

const GHZ = 'github.com/bojand/ghz@v0.93.0';

/** h2spec names no versions of what it is built from, so they are named here. 2.2.1 is the newest that Go's proxy serves. */
const H2SPEC_MODULE = `module portcullis.test/h2spec

go 1.21

require (
	github.com/fatih/color v1.19.0
	github.com/mattn/go-colorable v0.1.14
	github.com/mattn/go-isatty v0.0.20
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.0.9
	github.com/summerwind/h2spec v2.2.1+incompatible
	golang.org/x/net v0.62.0
	golang.org/x/sys v0.49.0
	golang.org/x/text v0.43.0
)
`;

/** The path of h2spec, which tests what HTTP/2 and HPACK ask of a server; built with Go. Throws `io_failed`. */
export function h2spec(): Promise<string> {
  return install('h2spec-2.2.1', 'h2spec', async (folder) => {
    await mkdir(folder);
    await writeFile(join(folder, 'go.mod'), H2SPEC_MODULE);
    const program = join(folder, 'h2spec');
    const args = ['build', '-C', folder, '-mod=mod', '-o', program];
    await run('go', [...args, 'github.com/summerwind/h2spec/cmd/h2spec'], { GOFLAGS: '' });
  });
}

/** The path of ghz, which loads servers with grpc-go; built with Go when it is not there yet. Throws `io_failed`. */
export function ghz(): Promise<string> {
  return install('ghz-0.93.0', 'ghz', async (folder) => {
    const module = JSON.parse(await run('go', ['mod', 'download', '-json', GHZ])) as { Dir: string };
    await mkdir(folder);
    const program = join(folder, 'ghz');
    await run('go', ['build', '-C', module.Dir, '-o', program, './cmd/ghz'], { GOFLAGS: '' });
  });
}

/** nghttp and h2load on PATH. Not fetched: Debian has them in `nghttp2-client`. Throws `io_failed`. */
export async function nghttp2(): Promise<string> {
  for (const program of ['nghttp', 'h2load']) {
    const { exitCode } = await runProcess(program, ['--version'], { timeoutMs: 20_000 });
    if (exitCode !== 0) throw new PortcullisError('io_failed', `\`${program} --version\` fails`);
  }
  return 'nghttp';
}
