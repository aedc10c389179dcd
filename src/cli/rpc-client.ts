/** Calls a running server over gRPC, as any other client would. */
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  type VerifyOptions,
} from '@grpc/grpc-js';
import { parseAddress } from '../config/address.ts';
import { type ErrorCode, GRPC_STATUS, PortcullisError, toPortcullisError } from '../errors.ts';

/** PEM texts; undefined members are left out. */
export interface ClientTls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  /** The name in the server's certificate, where it differs from the address. */
  readonly serverName?: string | undefined;
}

export interface AskOptions {
  /** A gRPC target: `host:port` or `unix:/path`. */
  readonly address: string;
  readonly tls?: ClientTls | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks one unary method, `/package.Service/Method`. Throws PortcullisError: `io_failed` when the server cannot be reached, otherwise
 * the code that stands for its gRPC status.
 */
export async function callServer<Response>(
  path: string,
  request: Uint8Array,
  decode: (bytes: Buffer) => Response,
  options: AskOptions,
): Promise<Response> {
  const { address, timeoutMs, signal } = options;
  const client = new Client(address, channelCredentials(options), channelOptions(options));
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const underWay = client.makeUnaryRequest(
    path,
    (bytes: Uint8Array) => Buffer.from(bytes),
    decode,
    request,
    new Metadata(),
    { deadline: Date.now() + timeoutMs },
    (error, response) => {
      if (error !== null) reject(failure(error, address));
      else if (response === undefined) reject(new PortcullisError('internal', 'the server sent no answer'));
      else resolve(response);
    },
  );
  const cancel = (): void => underWay.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', cancel);
    client.close();
  }
}

/** Sent as the server's name where the server is known by its IP address. */
const NAME_FOR_ADDRESSES = 'localhost';

/**
 * grpc-js sends the host of the address as the server's name, and Node refuses to send an IP address as one (RFC 6066,
 * section 3). So another name is sent then, and the certificate is checked against the address below.
 */
function channelOptions({ address, tls }: AskOptions): ChannelOptions {
  const name =
    tls?.serverName ?? (tls !== undefined && ipOf(address) !== undefined ? NAME_FOR_ADDRESSES : undefined);
  return name === undefined ? {} : { 'grpc.ssl_target_name_override': name };
}

function channelCredentials({ address, tls }: AskOptions): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const ip = tls.serverName === undefined ? ipOf(address) : undefined;
  const verify: VerifyOptions =
    ip === undefined
      ? {}
      : { checkServerIdentity: (_name, certificate) => checkServerIdentity(ip, certificate) };
  try {
    return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null, verify);
  } catch (thrown) {
    throw new PortcullisError(
      'usage',
      `cannot use these certificates: ${toPortcullisError(thrown).message}`,
      {
        cause: thrown,
      },
    );
  }
}

function ipOf(target: string): string | undefined {
  const address = parseAddress(target);
  return address?.kind === 'tcp' && isIP(address.host) !== 0 ? address.host : undefined;
}

/** Which code a status stands for where several share it: the one whose help fits somebody who typed a command. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  [GRPC_STATUS.CANCELLED]: 'cancelled',
  [GRPC_STATUS.INVALID_ARGUMENT]: 'invalid_request',
  [GRPC_STATUS.DEADLINE_EXCEEDED]: 'deadline_exceeded',
  [GRPC_STATUS.NOT_FOUND]: 'not_found',
  [GRPC_STATUS.PERMISSION_DENIED]: 'forbidden',
  [GRPC_STATUS.RESOURCE_EXHAUSTED]: 'over_limit',
  [GRPC_STATUS.UNIMPLEMENTED]: 'unimplemented',
  [GRPC_STATUS.UNAVAILABLE]: 'io_failed',
  [GRPC_STATUS.UNAUTHENTICATED]: 'unauthenticated',
};

function failure(error: ServiceError, address: string): PortcullisError {
  const code = CODES[error.code] ?? 'internal';
  const reason = error.details
    .replace(/^.*Last error: (?:Error: )?/s, '')
    .replace(/\.? Resolution note:.*$/s, '');
  const message = code === 'io_failed' ? `cannot ask ${address}: ${reason}` : error.details;
  return new PortcullisError(code, message, { cause: error });
}
