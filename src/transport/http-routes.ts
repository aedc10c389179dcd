/** Finding the route of a raw request target. Nothing is decoded or normalised: `//a`, `/a/` and `/%61` are not `/a`. */
import { PortcullisError } from '../errors.ts';
import type { HttpRoute } from '../rpc.ts';

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: HttpRoute; readonly rest: string }
  | { readonly kind: 'no-path' }
  | { readonly kind: 'no-method'; readonly allow: string };

type Methods = Map<string, HttpRoute>;

export class HttpRoutes {
  readonly #exact = new Map<string, Methods>();
  /** By prefix, the longest first. */
  readonly #below: readonly (readonly [prefix: string, methods: Methods])[];

  constructor(routes: readonly HttpRoute[]) {
    const below = new Map<string, Methods>();
    for (const route of routes) {
      const wild = route.path.endsWith('/*');
      const key = wild ? route.path.slice(0, -1) : route.path;
      const table = wild ? below : this.#exact;
      const methods = table.get(key) ?? new Map<string, HttpRoute>();
      if (methods.has(route.method)) {
        throw new PortcullisError('internal', `${route.method} ${route.path} is routed twice.`);
      }
      table.set(key, methods.set(route.method, route));
    }
    this.#below = [...below].sort(([a], [b]) => b.length - a.length);
  }

  /** `path` is the raw target without its query. HEAD is answered by GET routes. */
  find(method: string, path: string): RouteMatch {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return choose(exact, method, '');
    for (const [prefix, methods] of this.#below) {
      if (path.startsWith(prefix)) return choose(methods, method, path.slice(prefix.length));
    }
    return { kind: 'no-path' };
  }
}

function choose(methods: Methods, method: string, rest: string): RouteMatch {
  const route = methods.get(method === 'HEAD' ? 'GET' : method);
  if (route !== undefined) return { kind: 'route', route, rest };
  const allow = [...methods.keys()].flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  return { kind: 'no-method', allow: allow.join(', ') };
}
