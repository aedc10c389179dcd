/**
 * The two things that grpc-js (1.14.7) keeps to itself and that a server open to strangers needs: the options of its HTTP/2
 * server (header list, reset budget), and that server, for its sessions (a drain that fails nobody). Both are read here and
 * nowhere else; a release that moves them is refused at start, and the contract suite shows that they still work.
 */
import type { Http2Server, ServerOptions } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { PortcullisError } from '../errors.ts';
import type { GrpcLimits } from './transport.ts';

interface Internals {
  readonly commonServerOptions?: ServerOptions;
  readonly http2Servers?: ReadonlyMap<Http2Server, unknown>;
}

/** Bounds what HTTP/2 itself lets a client do. To be called before the server gets its first listener. */
export function boundHttp2(server: Server, limits: GrpcLimits): void {
  const options = internals(server).commonServerOptions;
  if (options === undefined) throw moved('commonServerOptions');
  Object.assign(options, {
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes },
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetsPerSecond,
  });
}

/** The HTTP/2 server behind the only listener of `server`. */
export function http2ServerOf(server: Server): Http2Server {
  const [http2] = internals(server).http2Servers?.keys() ?? [];
  if (http2 === undefined) throw moved('http2Servers');
  return http2;
}

function internals(server: Server): Internals {
  return server as unknown as Internals;
}

function moved(name: string): PortcullisError {
  return new PortcullisError(
    'internal',
    `This release of @grpc/grpc-js has no \`${name}\`; use the one of package-lock.json.`,
  );
}
