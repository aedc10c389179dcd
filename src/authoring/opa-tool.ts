import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Environment, environment } from '../config/environment.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { withFileLock } from './file-lock.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from './run-process.ts';

/** The only OPA that Portcullis builds and tests policies with. */
export const OPA_VERSION = '1.22.2';

export interface OpaToolOptions {
  readonly env?: Environment;
  /** False: look only, build nothing. */
  readonly install?: boolean;
  /** Told before the build, which takes minutes. */
  readonly onInstall?: (message: string) => void;
}

const found = new Map<string, Promise<string>>();

/**
 * The path of OPA 1.22.2: from PATH, from the cache, from Go's bin folders, or built with Go into the cache.
 * Throws PortcullisError `opa_unavailable` that names all that was tried.
 */
export function opaTool(options: OpaToolOptions = {}): Promise<string> {
  const env = options.env ?? environment;
  const key = [env['PATH'], env['HOME'], env['XDG_CACHE_HOME'], env['GOBIN'], options.install].join('\0');
  const known = found.get(key);
  if (known !== undefined) return known;
  const search = locate(env, options);
  found.set(key, search);
  search.catch(() => found.delete(key));
  return search;
}

export interface OpaRunOptions extends ProcessOptions {
  /** Where {@link opaTool} found it; looked for in the process's own environment when left out. */
  readonly opaPath?: string | undefined;
}

/** Runs the pinned OPA to its end. A non-zero exit is a result, not an error. */
export async function runOpa(args: readonly string[], options: OpaRunOptions = {}): Promise<ProcessResult> {
  return runProcess(options.opaPath ?? (await opaTool()), args, options);
}

async function locate(env: Environment, options: OpaToolOptions): Promise<string> {
  const tried: string[] = [];
  const home = env['HOME'] ?? homedir();
  const cached = join(
    env['XDG_CACHE_HOME'] || join(home, '.cache'),
    'portcullis/tools',
    `opa-${OPA_VERSION}`,
    'opa',
  );
  const goBins = [
    env['GOBIN'],
    ...(env['GOPATH'] || join(home, 'go')).split(delimiter).map((dir) => join(dir, 'bin')),
  ];
  const candidates = [
    ...(env['PATH'] ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((dir) => join(dir, 'opa')),
    cached,
    ...goBins.filter((dir) => dir !== undefined && dir !== '').map((dir) => join(dir!, 'opa')),
  ];
  for (const path of new Set(candidates)) {
    const version = await versionOf(path);
    if (version === OPA_VERSION) return path;
    if (version !== undefined) tried.push(`${path} is OPA ${version}`);
  }
  if (tried.length === 0) tried.push('no opa on PATH, in the cache or in Go’s bin folder');
  if (options.install !== false) {
    try {
      return await buildWithGo(cached, env, options.onInstall);
    } catch (error) {
      tried.push(toPortcullisError(error).message);
    }
  }
  throw new PortcullisError('opa_unavailable', `OPA ${OPA_VERSION} cannot be had: ${tried.join('; ')}`);
}

/** What `opa version` says; undefined when there is no such program. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const { stdout } = await runProcess(path, ['version'], { timeoutMs: 20_000 });
    return /^Version: (\S+)$/m.exec(stdout.toString('utf8'))?.[1] ?? 'of an unknown version';
  } catch {
    return undefined;
  }
}

/** Builds beside the cache and renames into it, so that nobody ever runs half a program. */
async function buildWithGo(
  target: string,
  env: Environment,
  onInstall: OpaToolOptions['onInstall'],
): Promise<string> {
  const folder = join(target, '..');
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, 'install.lock'), 900_000, async () => {
    if ((await versionOf(target)) === OPA_VERSION) return target; // built by the one we waited for
    if (!(await hasGo(env))) throw new PortcullisError('opa_unavailable', 'no go on PATH to build it with');
    const source = `github.com/open-policy-agent/opa@v${OPA_VERSION}`;
    onInstall?.(`Building OPA ${OPA_VERSION} with \`go install ${source}\` (about two minutes, once)`);
    const bin = await mkdtemp(join(folder, 'build-'));
    try {
      // Outside any Go module, so that a go.mod around us has no say.
      const run = await runProcess('go', ['install', source], {
        cwd: tmpdir(),
        env: { ...env, GOBIN: bin, GOFLAGS: '' },
        timeoutMs: 900_000,
      });
      if (run.exitCode !== 0) {
        throw new PortcullisError('opa_unavailable', `\`go install ${source}\` failed: ${run.stderr.trim()}`);
      }
      await rename(join(bin, 'opa'), target);
      return target;
    } finally {
      await rm(bin, { recursive: true, force: true });
    }
  });
}

async function hasGo(env: Environment): Promise<boolean> {
  try {
    return (await runProcess('go', ['version'], { env, timeoutMs: 20_000 })).exitCode === 0;
  } catch {
    return false;
  }
}
