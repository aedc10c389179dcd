/** Requests as Envoy describes them, for the demo: CheckRequests, and the input documents that they become. */

export interface DemoRequest {
  readonly method: string;
  /** Without query or escapes. */
  readonly path: string;
  readonly zone: string;
  readonly service: string;
  readonly headers?: object;
}

/** A CheckRequest in protobuf's JSON, for grpcurl. */
export function checkRequest({ method, path, zone, service, headers = {} }: DemoRequest): object {
  return {
    attributes: {
      destination: { address: { socketAddress: { address: '10.0.0.10', portValue: PORTS[zone] ?? 8443 } } },
      request: {
        http: {
          id: '1',
          method,
          headers: { ':authority': 'api.shop.example', ':method': method, ':path': path, ...headers },
          path,
          host: 'api.shop.example',
          scheme: 'https',
          protocol: 'HTTP/2',
        },
      },
      contextExtensions: { service, zone },
    },
  };
}

const PORTS: Readonly<Record<string, number>> = {
  external: 8443,
  partner: 8444,
  internal: 8445,
  private: 8446,
};

/** What policies see of it, as far as the demo's policies look. */
export function inputDocument(request: DemoRequest): object {
  return { ...checkRequest(request), ...pathParts(request.path) };
}

/** A call from one service of the shop to another. */
export function mesh(caller: string, called: string, method: string, path: string): object {
  return {
    attributes: {
      source: { principal: `spiffe://shop.example/ns/shop/sa/${caller}` },
      destination: { principal: `spiffe://shop.example/ns/shop/sa/${called}` },
      request: { http: { method, path, headers: { ':method': method, ':path': path } } },
    },
    ...pathParts(path),
  };
}

function pathParts(path: string): object {
  const segments = path.slice(1).split('/');
  return {
    parsed_path: segments,
    path: {
      raw: path,
      raw_segments: segments,
      decoded_segments: segments,
      normalized: path,
      ambiguities: [],
    },
    body: { state: 'empty', received_bytes: 0 },
  };
}
