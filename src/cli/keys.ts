import { Command } from 'commander';
import { PortcullisError } from '../errors.ts';
import { readNamedFile } from './input.ts';
import { type CliIo, columns, type Exit, printJson, printLine, wantsJson } from './io.ts';
import { keyIdOf, likelyAlgorithm, parseAlgorithm, publicKeyOf, writeNewKey } from './key-files.ts';

/** `keys generate|show` */
export function keysCommand(io: CliIo, _exit: Exit): Command {
  const command = new Command('keys').description('make and show keys for signing bundles');

  command
    .command('generate')
    .description(
      'make a key pair: <out>.key.pem (private, mode 0600) and <out>.pub.pem; for HS algorithms <out>.secret',
    )
    .requiredOption('-o, --out <path>', 'where to write, without ending; files are never replaced')
    .option('--algorithm <name>', 'signature algorithm', 'ES256')
    .action(async (options: { readonly out: string; readonly algorithm: string }) => {
      const algorithm = parseAlgorithm(options.algorithm);
      const { privateFile, publicFile } = await writeNewKey(io, algorithm, options.out);
      printLine(
        io,
        `wrote ${privateFile} (keep it secret)${publicFile === undefined ? '' : ` and ${publicFile}`}`,
      );
      const id = keyIdOf(privateFile);
      printLine(io, `sign with    portcullis sign <archive> --key ${privateFile}`);
      printLine(
        io,
        `verify with  keys: { ${id}: { algorithm: ${algorithm}, file: ${publicFile ?? privateFile} } }`,
      );
    });

  command
    .command('show <file>')
    .description('show the public half of a key: PEM, certificate or JWK')
    .option('--pem', 'print it as PEM')
    .option('--jwk', 'print it as a JWK')
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .action(async (file: string, options: ShowOptions) => show(io, file, options));

  return command;
}

interface ShowOptions {
  readonly pem?: boolean;
  readonly jwk?: boolean;
  readonly json?: boolean;
}

async function show(io: CliIo, file: string, options: ShowOptions): Promise<void> {
  const text = (await readNamedFile(io, file)).toString('utf8');
  const key = publicKeyOf(text);
  if (key === undefined) {
    throw new PortcullisError(
      'key_invalid',
      `${file} is no PEM key, PEM certificate or JWK with a public half`,
    );
  }
  const jwk = key.export({ format: 'jwk' });
  if (options.pem === true) {
    io.stdout.write(key.export({ type: 'spki', format: 'pem' }));
    return;
  }
  if (options.jwk === true) return printJson(io, jwk);
  const { calculateJwkThumbprint } = await import('jose');
  const facts = {
    id: keyIdOf(file),
    type: key.asymmetricKeyType ?? '',
    algorithm: likelyAlgorithm(text) ?? '',
    thumbprint: await calculateJwkThumbprint(jwk),
  };
  if (wantsJson(io, options)) printJson(io, { ...facts, jwk });
  else printLine(io, columns(Object.entries(facts)));
}
