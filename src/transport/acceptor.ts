/** The sockets of one gRPC listener, from the address that they come in by until they are ready for HTTP/2: the same for all transports. */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Clock } from '../clock.ts';
import { type Address, formatAddress } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';
import { bind, unbind } from './bind.ts';
import { checkListenPolicy } from './listen-policy.ts';
import { certificateEndMs } from './peer.ts';
import { clientCertPolicy, HANDSHAKE_TIMEOUT_MS, loadTls, TlsReloader } from './tls.ts';
import { CLIENT_WAIT_MS, type GrpcTransportOptions } from './transport.ts';

export interface AcceptorOptions
  extends Pick<GrpcTransportOptions, 'address' | 'reusePort' | 'tls' | 'insecure'> {
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly onError: (error: PortcullisError) => void;
}

export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #serve: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  /** The connections that are past TLS, as `connectionOf` names them. */
  readonly #ready = new Set<string>();
  #server: NetServer | undefined;
  #reloader: TlsReloader | undefined;

  /** `serve` gets each connection as soon as HTTP/2 can be spoken on it; errors of its socket are heard. */
  constructor(options: AcceptorOptions, serve: (socket: Socket) => void) {
    this.#options = options;
    this.#serve = serve;
  }

  /** Binds; gives the address with its port. Throws as `GrpcTransport.listen` does. */
  async listen(): Promise<Address> {
    checkListenPolicy(this.#options);
    const server = await this.#createServer();
    this.#server = server;
    server.maxConnections = this.#options.maxConnections;
    server.on('connection', (socket: Socket) => this.#onAccepted(socket));
    const bound = await bind(server, this.#options.address, this.#options.reusePort);
    server.on('error', (error: Error) => this.#report(error));
    return bound;
  }

  /** Stops accepting; ends when the last connection has closed. */
  async unbind(): Promise<void> {
    if (this.#server !== undefined) await unbind(this.#server);
  }

  /** Resolves when all that are connected now have gone. */
  async allClosed(): Promise<void> {
    await Promise.all(
      Array.from(this.#sockets, (socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
  }

  /** Closes what still negotiates TLS. */
  closeNegotiating(): void {
    if (this.#options.address.kind === 'unix') return;
    for (const socket of this.#sockets) if (!this.#ready.has(connectionOf(socket))) socket.destroy();
  }

  /** Closes everything, without regard. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    await this.#reloader?.close();
  }

  async #createServer(): Promise<NetServer> {
    const { tls, onError } = this.#options;
    if (tls === undefined) return createServer({ noDelay: true }, (socket) => this.#onReady(socket));
    const material = await loadTls(tls);
    const server = createTlsServer({
      ...material,
      ...clientCertPolicy(tls),
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
    });
    server.on('secureConnection', (socket) => {
      // gRPC clients negotiate HTTP/2; what does not is something else.
      if (socket.alpnProtocol === 'h2') this.#onReady(socket);
      else socket.destroy();
    });
    this.#reloader = TlsReloader.start(tls, material, (options) => server.setSecureContext(options), onError);
    return server;
  }

  /** Takes note of a connection before TLS. */
  #onAccepted(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #onReady(socket: Socket): void {
    // A socket may fail before HTTP/2 listens to it, and after it stopped.
    socket.on('error', () => {});
    socket.once('finish', () => setTimeout(() => socket.destroy(), CLIENT_WAIT_MS).unref());
    if (certificateEndMs(socket) <= this.#options.clock.wallMs()) {
      // A resumed TLS session: a certificate that has ended since is not looked at again.
      socket.destroy();
      return;
    }
    const name = connectionOf(socket);
    this.#ready.add(name);
    socket.once('close', () => this.#ready.delete(name));
    this.#serve(socket);
  }

  #report(error: Error): void {
    const where = formatAddress(this.#options.address);
    this.#options.onError(new PortcullisError('io_failed', `${where}: ${error.message}`, { cause: error }));
  }
}

/** What names a connection while it is open, of a TLS socket and of the plain one below it alike. */
function connectionOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ');
}
