import { mkdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { type BuildOptions, type BuiltBundle, buildBundle } from '../authoring/build.ts';
import { checkPromises } from '../authoring/caching.ts';
import { opaTool } from '../authoring/opa-tool.ts';
import { packBundle } from '../authoring/pack.ts';
import type { Signing } from '../bundle/sign.ts';
import { PortcullisError } from '../errors.ts';
import { replaceFile } from './archive-file.ts';
import { collect } from './config-options.ts';
import { findingText } from './inspect.ts';
import { type CliIo, type Exit, printJson, printLine, wantsJson } from './io.ts';
import { keyIdOf, parseAlgorithm, readSigningKey } from './key-files.ts';

/** What says where policies are and what is asked of them; the same for build, test and dev. */
export interface SourceOptions {
  readonly base?: string;
  readonly entrypoint: readonly string[];
}

interface BuildCommandOptions extends SourceOptions {
  readonly out: string;
  readonly revision?: string;
  readonly sequence?: string;
  readonly root: readonly string[];
  readonly key?: string;
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly scope?: string;
  readonly json?: boolean;
}

/** `build` */
export function buildCommand(io: CliIo, _exit: Exit): Command {
  return withSourceOptions(new Command('build'))
    .description('compile policies and data into a bundle, and sign it when a key is given')
    .requiredOption('-o, --out <file>', 'where to write the archive; an older one is replaced')
    .option('-r, --revision <text>', 'what people call this build (default: a digest of the sources)')
    .option(
      '--sequence <number>',
      'never goes back once active (default: the Unix time when signing, otherwise 0)',
    )
    .option(
      '--root <path>',
      'a data path that the bundle owns; may be repeated (default: found out)',
      collect,
      [],
    )
    .option('-k, --key <file>', 'sign with this private key (PEM or JWK), or secret for HS algorithms')
    .option('--key-id <id>', 'what verifiers call the key (default: the name of the file, without endings)')
    .option('--algorithm <name>', "signature algorithm (default: the key's own)")
    .option('--scope <text>', 'a scope that verifiers must ask for')
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText('after', '\nUnsigned, the same sources give the same bytes.')
    .action(async (paths: readonly string[], options: BuildCommandOptions) => {
      const opaPath = await findOpa(io);
      const signing = await signingOf(io, options);
      const sequence = sequenceOf(options.sequence) ?? (signing && Math.floor(signing.nowMs / 1000));
      const bundle = await buildBundle({
        ...sourcesOf(io, paths, options),
        opaPath,
        revision: options.revision,
        sequence,
        roots: options.root.length === 0 ? undefined : options.root,
      });
      checkPromises(bundle);
      const archive = await packBundle(bundle, signing);
      await mkdir(dirname(resolve(io.cwd, options.out)), { recursive: true });
      await replaceFile(io, options.out, archive);
      report(io, options, bundle, archive.length, signing);
    });
}

/** Adds the arguments and flags that say what the policies are. */
export function withSourceOptions(command: Command): Command {
  return command
    .argument('[paths...]', 'folders and files of policies and data (default: policies)')
    .option('--base <folder>', 'paths in the bundle are relative to this folder (default: to each path)')
    .option(
      '-e, --entrypoint <path>',
      'a rule that callers may ask, beside the annotated ones; may be repeated, the first is the default',
      collect,
      [],
    );
}

/** What to build from, relative to where the command runs. */
export function sourcesOf(io: CliIo, paths: readonly string[], options: SourceOptions): BuildOptions {
  const local = (path: string): string => relative('', resolve(io.cwd, path)) || '.';
  return {
    sources: (paths.length === 0 ? ['policies'] : paths).map(local),
    base: options.base === undefined ? undefined : local(options.base),
    entrypoints: options.entrypoint,
  };
}

/** Finds OPA, or builds it and says so. Gives its path. */
export function findOpa(io: CliIo): Promise<string> {
  return opaTool({ env: io.env, onInstall: (message) => io.stderr.write(`${message}\n`) });
}

async function signingOf(io: CliIo, options: BuildCommandOptions): Promise<Signing | undefined> {
  if (options.key === undefined) {
    if ([options.keyId, options.algorithm, options.scope].every((option) => option === undefined))
      return undefined;
    throw new PortcullisError('usage', 'name the key to sign with: --key <file>');
  }
  const algorithm = options.algorithm === undefined ? undefined : parseAlgorithm(options.algorithm);
  return {
    key: await readSigningKey(io, options.key, algorithm),
    keyId: options.keyId ?? keyIdOf(options.key),
    nowMs: Date.now(),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
  };
}

function sequenceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const sequence = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(sequence)) return sequence;
  throw new PortcullisError('usage', '--sequence: write a whole number, not below 0');
}

function report(
  io: CliIo,
  options: BuildCommandOptions,
  bundle: BuiltBundle,
  bytes: number,
  signing: Signing | undefined,
): void {
  const { revision, sequence, roots, entrypoints, vectors, findings } = bundle;
  const keyId = signing?.keyId;
  if (wantsJson(io, options)) {
    const facts = {
      out: options.out,
      bytes,
      revision,
      sequence,
      roots,
      entrypoints,
      vectors: vectors.length,
      findings,
    };
    printJson(io, { ...facts, ...(keyId === undefined ? {} : { keyId }) });
    return;
  }
  const by = signing === undefined ? 'unsigned' : `signed by key ${keyId} (${signing.key.algorithm})`;
  printLine(io, `built ${options.out}: ${bytes} bytes, ${by}`);
  printLine(io, `  revision     ${revision}, sequence ${sequence}`);
  printLine(io, `  entrypoints  ${entrypoints.join(', ') || 'none'}`);
  printLine(io, `  roots        ${roots.join(', ')}`);
  printLine(io, `  vectors      ${vectors.length}`);
  const certain = findings.filter((finding) => finding.certain);
  for (const finding of certain) io.stderr.write(`warning: ${findingText(io, finding)}\n`);
  if (certain.length > 0)
    io.stderr.write(
      'warning: let the plan evaluator answer these (policySets.<name>.evaluators); see docs/plan-evaluator.md\n',
    );
}
