import { Command } from 'commander';
import { PortcullisError } from '../errors.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';
import {
  readSignatureRules,
  type VerificationOptions,
  withVerificationOptions,
} from './verification-options.ts';

/** `verify` */
export function verifyCommand(io: CliIo, exit: Exit): Command {
  return withVerificationOptions(new Command('verify'))
    .argument('<archive>', 'the bundle')
    .description("verify a bundle's signature and every file by it")
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText('after', '\nExits with 0 when verified, 1 when not.')
    .action(async (archive: string, options: VerificationOptions & { readonly json?: boolean }) => {
      const rules = await readSignatureRules(io, options);
      if (rules === undefined)
        throw new PortcullisError('usage', 'give the key to verify with: --key <file>');
      const { readArchiveFile } = await import('./archive-file.ts');
      const { signatureFacts } = await import('./signature-facts.ts');
      const files = await readArchiveFile(io, archive);
      if (!wantsJson(io, options)) {
        const { verifySignature } = await import('../bundle/signature.ts');
        const verified = await verifySignature(files, rules);
        const { algorithm, keyId } = await signatureFacts(files, rules);
        const by = `by key ${options.keyId ?? rules.keyId ?? keyId} (${algorithm})`;
        printLine(io, `${paint(io, 'green', 'verified')} ${archive}: ${verified.length} files, ${by}`);
        return;
      }
      const { state, ...facts } = await signatureFacts(files, rules);
      printJson(io, { verified: state === 'verified', ...facts });
      exit(state === 'verified' ? 0 : 1);
    });
}
