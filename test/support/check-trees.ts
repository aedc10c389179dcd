/** Trees of reads over what a CheckRequest's input can hold, and oddities beside it. */
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../../src/policy/plan/footprint.ts';

/** Names by the name they stand under; `''` stands at the top, `*` for what is not listed. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'attributes',
    'version',
    'parsed_path',
    'parsed_query',
    'parsed_body',
    'truncated_body',
    'source_principal',
    'path',
    'body',
    'constructor',
  ],
  attributes: [
    'source',
    'destination',
    'request',
    'contextExtensions',
    'metadataContext',
    'tlsSession',
    'routeMetadataContext',
    '__proto__',
  ],
  source: ['address', 'service', 'labels', 'principal', 'certificate'],
  destination: ['address', 'principal'],
  address: ['socketAddress', 'pipe', 'envoyInternalAddress', '0'],
  socketAddress: ['protocol', 'address', 'portValue', 'namedPort', 'resolverName', 'ipv4Compat'],
  pipe: ['path', 'mode'],
  envoyInternalAddress: ['serverListenerName', 'endpointId'],
  request: ['time', 'http'],
  time: ['seconds', 'nanos'],
  http: [
    'id',
    'method',
    'headers',
    'path',
    'host',
    'scheme',
    'query',
    'size',
    'protocol',
    'body',
    'rawBody',
    'headerMap',
  ],
  headers: [
    'x-role',
    'authorization',
    'content-type',
    'cookie',
    'toString',
    '\u00e9',
    '',
    'a',
    ':path',
    'traceparent',
    '0',
  ],
  labels: ['a', 'toString', ''],
  contextExtensions: ['a', 'zone', 'portcullis.no_cache', ''],
  metadataContext: ['filterMetadata', 'typedFilterMetadata'],
  filterMetadata: ['a', ''],
  tlsSession: ['sni'],
  version: ['ext_authz', 'encoding'],
  parsed_path: ['0', '1', '2', '7', '00', '63', '64', '70', 'a'],
  parsed_query: ['a', 'b', ''],
  path: ['raw', 'raw_segments', 'decoded_segments', 'normalized', 'ambiguities'],
  raw_segments: ['0', '1', '65'],
  decoded_segments: ['0', '1'],
  ambiguities: ['0'],
  body: ['state', 'format', 'received_bytes', 'declared_bytes'],
  '*': ['a', '0', ''],
};

const READS = [0, 0, 0, TYPE, KEYS, COMPARED, SCALAR, TYPE | KEYS, KEYS | SCALAR, TYPE | COMPARED, FULL];

/** A tree; `random` gives integers below its argument. */
export function checkTree(random: (below: number) => number, name = '', depth = 0): ReadTree {
  const reads = READS[random(depth === 0 ? READS.length - 1 : READS.length)]!;
  if (depth > 5 || random(5) === 0) return { reads };
  const names = NAMES[name] ?? NAMES['*']!;
  const children = new Map<string, ReadTree>();
  const count = random(4) + (depth < 4 ? 1 : 0);
  for (let i = 0; i < count; i++) {
    const key = names[random(names.length)]!;
    children.set(key, checkTree(random, key, depth + 1));
  }
  return {
    reads,
    children,
    ...(random(8) === 0 && { each: checkTree(random, '*', depth + 1) }),
  };
}
