/** The HTTP/1.1 listener: raw targets and bytes in, whatever the routes answer out. Fastify reads, limits and replies. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type Clock, systemClock } from '../clock.ts';
import { type Address, formatAddress } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';
import type { HttpResponse, HttpRoute } from '../rpc.ts';
import { bind, unbind } from './bind.ts';
import { HttpCall, httpRequest, pathOf } from './http-call.ts';
import { HttpConnection } from './http-connection.ts';
import {
  failure,
  failureOf,
  goneWhileSending,
  type HttpFailure,
  refusalOf,
  refuseConnection,
} from './http-errors.ts';
import { HTTP_LIMITS, type HttpLimits, type HttpListener, type HttpListenerOptions } from './http-options.ts';
import { PendingRequest } from './http-pending.ts';
import { HttpRoutes } from './http-routes.ts';
import { checkListenPolicy } from './listen-policy.ts';
import { RequestAccounts } from './request-accounts.ts';
import { clientCertPolicy, HANDSHAKE_TIMEOUT_MS, loadTls, TlsReloader } from './tls.ts';

/** A listener of these routes; `listen` opens it. */
export function createHttpListener(options: HttpListenerOptions, routes: readonly HttpRoute[]): HttpListener {
  return new FastifyListener(options, new HttpRoutes(routes));
}

class FastifyListener implements HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #routes: HttpRoutes;
  readonly #limits: HttpLimits;
  readonly #clock: Clock;
  readonly #onError: (error: PortcullisError) => void;
  readonly #sockets = new Set<Socket>();
  readonly #accounts: RequestAccounts;
  readonly #connections = new WeakMap<Socket, HttpConnection>();
  #app: FastifyInstance | undefined;
  #server: Server | undefined;
  #reloader: TlsReloader | undefined;
  #drained: Promise<void> | undefined;

  constructor(options: HttpListenerOptions, routes: HttpRoutes) {
    this.#options = options;
    this.#routes = routes;
    this.#limits = { ...HTTP_LIMITS, ...options.limits };
    const { maxPendingBytes } = this.#limits;
    this.#accounts = new RequestAccounts({ maxPendingBytes, maxPendingBytesPerConnection: maxPendingBytes });
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? (() => {});
  }

  async listen(): Promise<Address> {
    checkListenPolicy(this.#options);
    const { tls } = this.#options;
    const material = tls === undefined ? undefined : await loadTls(tls);
    const app = this.#createApp(material);
    this.#app = app;
    await app.ready();
    const { server } = app;
    this.#server = server;
    server.maxConnections = this.#limits.maxConnections;
    server.timeout = this.#limits.idleTimeoutMs;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    if (tls !== undefined && material !== undefined) {
      const apply = (fresh: SecureContextOptions): void =>
        (server as ReturnType<typeof createTlsServer>).setSecureContext(fresh);
      this.#reloader = TlsReloader.start(tls, material, apply, this.#onError);
    }
    try {
      const bound = await bind(server, this.#options.address, this.#options.reusePort);
      server.on('error', (error: Error) => this.#report(error));
      return bound;
    } catch (error) {
      await this.drain(0);
      throw error;
    }
  }

  drain(graceMs: number): Promise<void> {
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  #createApp(material: SecureContextOptions | undefined): FastifyInstance {
    const app = fastify({
      serverFactory: (handler) => this.#createServer(this.#counted(handler), material),
      bodyLimit: this.#limits.maxBodyBytes,
      exposeHeadRoutes: false,
      // Routing is ours, on the raw target, which Fastify would decode: to it everything is `/`.
      rewriteUrl: () => '/',
      clientErrorHandler: refuseConnection,
    });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      this.#answer(request, reply);
    app.all('/', handler);
    // Methods that Fastify does not know.
    app.setNotFoundHandler(handler);
    app.setErrorHandler((error, request, reply) =>
      this.#send(
        reply,
        this.#failed(goneWhileSending(request.raw) ?? refusalOf(error) ?? failureOf(error, this.#onError)),
      ),
    );
    return app;
  }

  #counted(handler: RequestListener): RequestListener {
    return (request, response) => {
      new PendingRequest(request, response, this.#connection(request.socket).account, this.#accounts);
      handler(request, response);
    };
  }

  #createServer(handler: RequestListener, material: SecureContextOptions | undefined): Server {
    const { headersTimeoutMs, requestTimeoutMs } = this.#limits;
    const common = {
      connectionsCheckingInterval: this.#limits.checkIntervalMs,
      // Node refuses a header that may take longer than the request that it is part of.
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: this.#limits.idleTimeoutMs,
      maxHeaderSize: this.#limits.maxHeaderBytes,
      noDelay: true,
    };
    const { tls } = this.#options;
    if (tls === undefined || material === undefined) return createServer(common, handler);
    return createTlsServer(
      {
        ...common,
        ...material,
        ...clientCertPolicy(tls),
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      },
      handler,
    );
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = request.originalUrl;
    const match = this.#routes.find(request.method, pathOf(target));
    if (match.kind === 'no-path') {
      return this.#send(reply, this.#failed(failure('not_found', 'There is nothing at this path.', 404)));
    }
    if (match.kind === 'no-method') {
      reply.header('allow', match.allow);
      const message = `This path answers ${match.allow}.`;
      return this.#send(reply, this.#failed(failure('unimplemented', message, 405)));
    }
    const connection = this.#connection(request.raw.socket);
    if (connection.certificateEnded()) {
      return this.#send(
        reply,
        this.#failed(failure('unauthenticated', 'The client certificate has expired.')),
      );
    }
    const call = new HttpCall(request.raw, reply.raw, connection.peer);
    const asked = httpRequest(request.raw, target, match.rest, request.body);
    return this.#send(reply, await match.route.handler(asked, call));
  }

  #failed({ status, body }: HttpFailure): HttpResponse {
    return { status, headers: { 'content-type': 'application/json' }, body };
  }

  #send(reply: FastifyReply, { status, headers, body }: HttpResponse): FastifyReply {
    if (this.#drained !== undefined || this.#connection(reply.request.raw.socket).isOld())
      reply.header('connection', 'close');
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    reply.code(status).headers({ ...headers, 'content-length': String(bytes.byteLength) });
    return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #connection(socket: Socket): HttpConnection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = new HttpConnection(socket, this.#options.address.kind === 'unix', this.#clock);
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  async #drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    // Closes connections between two requests; the others close with their answer.
    if (this.#server !== undefined) await unbind(this.#server);
    clearTimeout(timer);
    await this.#app?.close();
    await this.#reloader?.close();
  }

  #report(error: Error): void {
    const where = formatAddress(this.#options.address);
    this.#onError(new PortcullisError('io_failed', `${where}: ${error.message}`, { cause: error }));
  }
}
