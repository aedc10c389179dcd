/** Which hosts policies may reach with `http.send` and `net.lookup_ip_addr`. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Bytes, bytes, count, type Milliseconds, name, named, path, timeout } from './fields.ts';
import { normalPattern } from './host-pattern.ts';

export type UrlScheme = 'https' | 'http';

export interface NetworkHostConfig {
  /** A name, `*.suffix` or an address, in its one way of writing. */
  readonly host: string;
  /** Undefined: the default ports of `schemes`. */
  readonly ports?: readonly number[] | undefined;
  readonly schemes: readonly UrlScheme[];
  /** Undefined: every method but CONNECT and TRACE. */
  readonly methods?: readonly string[] | undefined;
  /** Networks in CIDR notation, permitted beside public addresses. */
  readonly addresses: readonly string[];
  /** Names in `hosts` that a redirect may lead to. */
  readonly redirectsTo: readonly string[];
  /** Undefined: every policy set. */
  readonly policySets?: readonly string[] | undefined;
  readonly caFile?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  readonly allowInsecureTls: boolean;
}

export interface NetworkConfig {
  readonly hosts: Readonly<Record<string, NetworkHostConfig>>;
  /** Further names that `net.lookup_ip_addr` may look up. */
  readonly lookups: readonly string[];
  readonly maxTimeout: Milliseconds;
  readonly maxResponseBytes: Bytes;
  readonly maxRequestBytes: Bytes;
  readonly maxConcurrent: number;
  readonly maxCacheBytes: Bytes;
}

function hostPattern(): z.ZodType<string, string> {
  const mistake =
    'write a host in ASCII, such as api.example.com, *.example.com or 10.0.0.5, without scheme and port';
  return z.string(mistake).transform((text, context): string => {
    const pattern = normalPattern(text);
    if (pattern !== undefined) return pattern;
    context.addIssue({ code: 'custom', message: mistake, input: text });
    return z.NEVER;
  });
}

const cidr: z.ZodType<string> = z
  .string()
  .refine((text) => ipaddr.isValidCIDR(text), 'write a network such as 10.0.0.0/8, 127.0.0.1/32 or fd00::/8');

const networkHost: z.ZodType<NetworkHostConfig> = z.strictObject({
  host: hostPattern().describe(
    'A name, `*.suffix` for all names below a suffix, or an address. An address is thereby permitted itself.',
  ),
  ports: z
    .array(count().refine((port) => port <= 65_535, 'write a port up to 65535'))
    .min(1, 'name a port, or leave ports out for the default ones')
    .optional()
    .describe('Ports. By default those of the schemes: 443 and 80.'),
  schemes: z
    .array(z.enum(['https', 'http']))
    .min(1, 'name https or http')
    .prefault(['https'])
    .describe('`http` only where it is listed: nobody proves an answer that comes without TLS.'),
  methods: z
    .array(z.string().regex(/^[A-Z]+$/, 'write a method in upper case, such as GET'))
    .min(1, 'name a method, or leave methods out to permit all')
    .optional()
    .describe('Methods that may be sent. By default all but CONNECT and TRACE.'),
  addresses: z
    .array(cidr)
    .prefault([])
    .describe(
      'Networks that the name may resolve to beside public addresses. Loopback, link-local, private, carrier-grade NAT, IPv4-mapped, NAT64 and other special addresses are refused unless they are in here.',
    ),
  redirectsTo: z
    .array(name())
    .prefault([])
    .describe(
      'Names in `network.hosts` that a redirect by this host may lead to, its own among them. By default a redirect is an error where the policy asks to follow it.',
    ),
  policySets: z
    .array(name())
    .min(1, 'name a policy set, or leave policySets out to permit all')
    .optional()
    .describe('Policy sets that may reach the host. By default all.'),
  caFile: path()
    .optional()
    .describe(
      'Certificates (PEM) that the host is verified with, where the policy names none. By default the runtime’s own.',
    ),
  clientCertFile: path()
    .optional()
    .describe('Certificate (PEM) that is presented to the host, where the policy gives none.'),
  clientKeyFile: path().optional().describe('Private key (PEM) of `clientCertFile`.'),
  allowInsecureTls: z
    .boolean()
    .prefault(false)
    .describe('Lets policies say `tls_insecure_skip_verify`. Without it such a request is an error.'),
});

export const networkSchema: z.ZodType<NetworkConfig> = z
  .strictObject({
    hosts: named(networkHost)
      .prefault({})
      .describe(
        'Hosts that policies may reach with `http.send`, and look up, by a name of your choice. A request must fit one of them in host, scheme, port, method and policy set.',
      ),
    lookups: z
      .array(hostPattern())
      .prefault([])
      .describe('Further names that `net.lookup_ip_addr` may look up.'),
    maxTimeout: timeout()
      .prefault('5s')
      .describe('Longest time for one request, whatever the policy asks for. Also the longest look-up.'),
    maxResponseBytes: bytes().prefault('1MiB').describe('Largest answer, decompressed.'),
    maxRequestBytes: bytes().prefault('1MiB').describe('Largest request body.'),
    maxConcurrent: count().prefault(64).describe('Requests under way at once; further ones wait.'),
    maxCacheBytes: bytes()
      .prefault('16MiB')
      .describe('How much memory answers may use that policies cache from one decision to the next.'),
  })
  .refine(
    ({ hosts, lookups }) => Object.keys(hosts).length + lookups.length > 0,
    'list a host, for example hosts: { api: { host: api.example.com } }, or leave network out',
  )
  .describe(
    'What `http.send` and `net.lookup_ip_addr` may reach. Unset: the two are not offered, and a bundle that calls them is refused. See docs/builtins.md.',
  );
