import { Command } from 'commander';
import { isSignaturesFile } from '../bundle/file-names.ts';
import { type CliIo, type Exit, printLine } from './io.ts';
import { keyIdOf, parseAlgorithm, readSigningKey } from './key-files.ts';

interface SignOptions {
  readonly key: string;
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly scope?: string;
  readonly out?: string;
}

/** `sign` */
export function signCommand(io: CliIo, _exit: Exit): Command {
  return new Command('sign')
    .argument('<archive>', 'the bundle')
    .description('sign a bundle; a signature that it has is replaced')
    .requiredOption('-k, --key <file>', 'private key (PEM or JWK), or the secret for HS algorithms')
    .option('--key-id <id>', 'what verifiers call the key (default: the name of the file, without endings)')
    .option('--algorithm <name>', "signature algorithm (default: the key's own)")
    .option('--scope <text>', 'a scope that verifiers must ask for')
    .option('-o, --out <file>', 'write here instead of replacing the archive')
    .action(async (archive: string, options: SignOptions) => {
      const { signBundle } = await import('../bundle/sign.ts');
      const { writeArchive } = await import('../bundle/write-archive.ts');
      const { readArchiveFile, replaceFile } = await import('./archive-file.ts');
      const algorithm = options.algorithm === undefined ? undefined : parseAlgorithm(options.algorithm);
      const key = await readSigningKey(io, options.key, algorithm);
      const keyId = options.keyId ?? keyIdOf(options.key);
      const files = await readArchiveFile(io, archive);
      const scope = options.scope === undefined ? {} : { scope: options.scope };
      const signature = await signBundle(files, { key, keyId, nowMs: Date.now(), ...scope });
      const unsigned = files.filter((file) => !isSignaturesFile(file.path));
      const out = options.out ?? archive;
      await replaceFile(io, out, await writeArchive([...unsigned, signature]));
      printLine(io, `signed ${out}: ${unsigned.length} files, key ${keyId} (${key.algorithm})`);
    });
}
