/** What the tests of the HTTP listener start from. */
import type { TestContext } from 'node:test';
import type { Address } from '../../src/config/address.ts';
import type { PortcullisError } from '../../src/errors.ts';
import type { HttpRoute } from '../../src/rpc.ts';
import { createHttpListener } from '../../src/transport/http.ts';
import type { HttpListener, HttpListenerOptions } from '../../src/transport/http-options.ts';
import { LOOPBACK } from './grpc/harness.ts';

export interface Served {
  readonly address: Address;
  readonly listener: HttpListener;
  readonly errors: PortcullisError[];
}

export async function serve(
  t: TestContext,
  routes: readonly HttpRoute[],
  options: Partial<HttpListenerOptions> = {},
): Promise<Served> {
  const errors: PortcullisError[] = [];
  const onError = (error: PortcullisError): number => errors.push(error);
  const listener = createHttpListener({ address: LOOPBACK, onError, ...options }, routes);
  t.after(() => listener.drain(0));
  return { address: await listener.listen(), listener, errors };
}

/** A route that answers with what it was asked. */
function mirror(method: HttpRoute['method'], path: string): HttpRoute {
  return {
    method,
    path,
    handler: ({ target, rest, query, body }) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        route: path,
        target,
        rest,
        query: [...query],
        body: Buffer.from(body).toString('latin1'),
      }),
    }),
  };
}

export interface Mirrored {
  readonly route: string;
  readonly target: string;
  readonly rest: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body: string;
}

export const ROUTES: readonly HttpRoute[] = [
  mirror('GET', '/health/live'),
  mirror('GET', '/v1/data'),
  mirror('POST', '/v1/data'),
  mirror('GET', '/v1/data/*'),
  mirror('POST', '/v1/data/*'),
  mirror('PUT', '/v1/*'),
];
