/** Certificates for tests, made by the openssl of the machine. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Authority extends Issued {
  /** Issues a certificate for names such as `URI:spiffe://a/b`, whatever characters they hold. */
  issue(name: string, altNames: readonly string[], days?: number): Promise<Issued>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority whose files lie in `folder`. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const make = async (leaf: string, args: readonly string[]): Promise<Issued> => {
    const certFile = join(folder, `${leaf}.crt`);
    const keyFile = join(folder, `${leaf}.key`);
    const subject = ['-subj', `/O=Portcullis/CN=${leaf}`, '-keyout', keyFile, '-out', certFile];
    await run('openssl', ['req', '-x509', ...NEW_KEY, ...subject, ...args]);
    return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
  };
  const own = await make(name, ['-days', '2']);
  return {
    ...own,
    issue: async (leaf, altNames, days = 2) => {
      const config = join(folder, `${leaf}.cnf`);
      const names = altNames.map((name, index) => name.replace(':', `.${index} = `));
      const extensions = ['subjectAltName = @names', 'basicConstraints = critical,CA:FALSE'];
      const lines = [
        '[req]',
        'distinguished_name = dn',
        'x509_extensions = v3',
        '[dn]',
        '[v3]',
        ...extensions,
      ];
      await writeFile(config, [...lines, '[names]', ...names, ''].join('\n'));
      const signer = ['-CA', own.certFile, '-CAkey', own.keyFile];
      return make(leaf, [...signer, '-days', String(days), '-config', config]);
    },
  };
}
