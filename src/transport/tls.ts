/** Certificates from files: loaded and checked as one, and read again when the files change. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { PortcullisError } from '../errors.ts';
import { watchFiles } from './watch-files.ts';

export interface TlsFiles {
  /** Certificate chain, PEM, the server's own certificate first. */
  readonly certFile: string;
  /** Private key, PEM. */
  readonly keyFile: string;
  /** Authorities that client certificates must come from, PEM. Without it clients are not asked for one. */
  readonly clientCaFile?: string | undefined;
  /** Refuses connections without a verified client certificate. */
  readonly requireClientCert?: boolean;
}

/** What a TLS server is created with beside the certificates themselves. */
export interface ClientCertPolicy {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/**
 * TLS 1.3, and of TLS 1.2 only the suites with forward secrecy and authenticated encryption, as HTTP/2 asks
 * (RFC 9113, 9.2.2 and appendix A).
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** How a half-done handshake is bounded. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How long a connection may live on one look at its client's certificate: after that the authorities are asked anew. */
export const VERIFIED_CONNECTION_AGE_MS = 3_600_000;

export function clientCertPolicy(files: TlsFiles): ClientCertPolicy {
  return {
    requestCert: files.clientCaFile !== undefined,
    rejectUnauthorized: files.clientCaFile !== undefined && files.requireClientCert === true,
  };
}

/** Reads the files and proves that they fit together. Throws `config_invalid` naming the file at fault. */
export async function loadTls(files: TlsFiles): Promise<SecureContextOptions> {
  if (files.requireClientCert === true && files.clientCaFile === undefined) {
    throw new PortcullisError('config_invalid', 'tls: `requireClientCert` needs `clientCaFile`.');
  }
  const [cert, key, ca] = await Promise.all([
    read(files.certFile, (pem) => new X509Certificate(pem)),
    read(files.keyFile, (pem) => createPrivateKey(pem)),
    files.clientCaFile === undefined
      ? undefined
      : read(files.clientCaFile, (pem) => new X509Certificate(pem)),
  ]);
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS };
  if (ca !== undefined) options.ca = ca;
  try {
    createSecureContext(options);
  } catch (error) {
    throw new PortcullisError(
      'config_invalid',
      `tls: ${files.certFile} and ${files.keyFile} do not belong together: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return options;
}

/**
 * Keeps a server's certificates those of the files. New connections get the new ones, open connections go on. Files that
 * cannot be loaded change nothing but are reported: a half-written pair mends itself with the next change.
 */
export class TlsReloader {
  readonly #files: TlsFiles;
  readonly #apply: (options: SecureContextOptions) => void;
  readonly #onError: (error: PortcullisError) => void;
  #stopWatching: () => Promise<void> = async () => {};
  #current: string;

  private constructor(
    files: TlsFiles,
    current: SecureContextOptions,
    apply: (options: SecureContextOptions) => void,
    onError: (error: PortcullisError) => void,
  ) {
    this.#files = files;
    this.#current = digest(current);
    this.#apply = apply;
    this.#onError = onError;
  }

  /** Watches the files that `current` was loaded from; `apply` is called with each new, valid state. */
  static start(
    files: TlsFiles,
    current: SecureContextOptions,
    apply: (options: SecureContextOptions) => void,
    onError: (error: PortcullisError) => void,
  ): TlsReloader {
    const reloader = new TlsReloader(files, current, apply, onError);
    const paths = [files.certFile, files.keyFile, files.clientCaFile].filter((path) => path !== undefined);
    reloader.#stopWatching = watchFiles(paths, () => reloader.#reload());
    return reloader;
  }

  async close(): Promise<void> {
    await this.#stopWatching();
  }

  async #reload(): Promise<void> {
    try {
      const options = await loadTls(this.#files);
      const found = digest(options);
      if (found === this.#current) return;
      this.#apply(options);
      this.#current = found;
    } catch (error) {
      this.#onError(
        new PortcullisError(
          'config_invalid',
          `tls: keeping the certificates in use, the new ones cannot be: ${(error as Error).message}`,
          { cause: error },
        ),
      );
    }
  }
}

async function read(path: string, check: (pem: Buffer) => unknown): Promise<Buffer> {
  try {
    const pem = await readFile(path);
    check(pem);
    return pem;
  } catch (error) {
    throw new PortcullisError('config_invalid', `tls: ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Equal for equal files. */
function digest({ cert, key, ca }: SecureContextOptions): string {
  return createHash('sha256').update([cert, key, ca].map(String).join('\0')).digest('hex');
}
