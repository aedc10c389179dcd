/** Certificates for tests, made by the openssl of the machine. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TlsFiles } from '../../src/transport/tls.ts';

const run = promisify(execFile);

export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Authority extends Issued {
  /** Issues a certificate for names such as `URI:spiffe://a/b`, whatever characters they hold. */
  issue(name: string, altNames: readonly string[]): Promise<Issued>;
  /** One that was good in the year 2001. */
  issueExpired(name: string, altNames: readonly string[]): Promise<Issued>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority whose files lie in `folder`. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const file = (leaf: string, ending: string): string => join(folder, `${leaf}.${ending}`);
  const read = async (leaf: string): Promise<Issued> => {
    const [certFile, keyFile] = [file(leaf, 'crt'), file(leaf, 'key')];
    return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
  };
  const create = async (leaf: string, kind: readonly string[], out: string): Promise<void> => {
    const names = ['-subj', `/O=Portcullis/CN=${leaf}`, '-keyout', file(leaf, 'key'), '-out', out];
    await run('openssl', ['req', ...kind, ...NEW_KEY, ...names]);
  };
  await create(name, ['-x509', '-days', '2'], file(name, 'crt'));

  const issue = async (
    leaf: string,
    altNames: readonly string[],
    dates: readonly string[],
  ): Promise<Issued> => {
    const names = altNames.map((altName, index) => altName.replace(':', `.${index} = `));
    const config = file(leaf, 'cnf');
    const database = file(leaf, 'index');
    await writeFile(database, '');
    await writeFile(config, caConfig(folder, database, names));
    await create(leaf, ['-new'], file(leaf, 'csr'));
    const signer = ['-cert', file(name, 'crt'), '-keyfile', file(name, 'key'), '-config', config];
    const files = ['-in', file(leaf, 'csr'), '-out', file(leaf, 'crt')];
    await run('openssl', ['ca', '-batch', '-notext', ...signer, ...files, ...dates]);
    return read(leaf);
  };
  return {
    ...(await read(name)),
    issue: (leaf, altNames) => issue(leaf, altNames, ['-days', '2']),
    issueExpired: (leaf, altNames) =>
      issue(leaf, altNames, ['-startdate', '20010101000000Z', '-enddate', '20011231000000Z']),
  };
}

/** `openssl ca` is the only command of OpenSSL 3.0 that takes dates, and takes nearly all else from a file. */
function caConfig(folder: string, database: string, names: readonly string[]): string {
  return `[ca]
default_ca = own
[own]
new_certs_dir = ${folder}
database = ${database}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = v3
[any]
organizationName = optional
commonName = supplied
[v3]
subjectAltName = @names
basicConstraints = critical,CA:FALSE
[names]
${names.join('\n')}
`;
}

/** The server's part of a TLS configuration. */
export function filesOf({ certFile, keyFile }: Issued): TlsFiles {
  return { certFile, keyFile };
}
