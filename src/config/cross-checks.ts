/**
 * Mistakes that span several fields. They are looked for in what was written, not in the parsed configuration, so
 * that they are reported together with all other mistakes. Fields of a wrong kind are passed over here.
 */
import { isLocalAddress, parseAddress } from './address.ts';
import { extAuthzMistakes } from './ext-authz-checks.ts';
import type { ConfigPath, Mistake } from './mistake.ts';
import { networkMistakes } from './network-checks.ts';
import { nodeAt } from './schema-tree.ts';
import { entries, get, isMap, list, unknownNames } from './written.ts';

const LISTENERS = ['grpc', 'http', 'admin'];

/** Gives every mistake found in a configuration as written. */
export function crossChecks(root: unknown): Mistake[] {
  return [
    ...entries(get(root, 'keys')).flatMap(([name, key]) => keyMistakes(['keys', name], key)),
    ...entries(get(root, 'policySets')).flatMap(([name, set]) =>
      policySetMistakes(root, ['policySets', name], set),
    ),
    ...entries(get(root, 'clients')).flatMap(([name, client]) =>
      clientMistakes(root, ['clients', name], client),
    ),
    ...unknownNames(root, 'policySets', ['dataApi', 'policySet'], get(get(root, 'dataApi'), 'policySet')),
    ...extAuthzMistakes(root),
    ...networkMistakes(root),
    ...LISTENERS.flatMap((name) => listenerMistakes([name], get(root, name))),
    ...sameAddresses(root),
    ...strangers(root),
  ];
}

function keyMistakes(path: ConfigPath, key: unknown): Mistake[] {
  if (!isMap(key) || (key['file'] === undefined) !== (key['env'] === undefined)) return [];
  const message = key['file'] === undefined ? 'needs file or env' : 'has both file and env; keep one';
  return [{ path, message }];
}

function policySetMistakes(root: unknown, path: ConfigPath, set: unknown): Mistake[] {
  const entrypoints = get(set, 'entrypoints');
  const byDefault = get(set, 'defaultEntrypoint');
  const missing = Array.isArray(entrypoints) && byDefault !== undefined && !entrypoints.includes(byDefault);
  return [
    ...(missing
      ? [{ path: [...path, 'defaultEntrypoint'], message: 'is not among the entrypoints; add it there' }]
      : []),
    ...entries(get(set, 'bundles')).flatMap(([name, bundle]) =>
      bundleMistakes(root, [...path, 'bundles', name], bundle),
    ),
  ];
}

function bundleMistakes(root: unknown, path: ConfigPath, bundle: unknown): Mistake[] {
  if (!isMap(bundle)) return [];
  const { verification, unsigned } = bundle;
  if (verification === undefined && unsigned === undefined) {
    return [
      {
        path,
        message: 'says nothing about signatures; write verification: { keys: [name] }, or unsigned: allow',
      },
    ];
  }
  if (verification !== undefined && unsigned !== undefined) {
    return [{ path: [...path, 'unsigned'], message: 'contradicts verification; keep one of the two' }];
  }
  const keys = get(verification, 'keys');
  const keyId = get(verification, 'keyId');
  const keysPath = [...path, 'verification', 'keys'];
  const mistakes = list(keys).flatMap((name, index) =>
    unknownNames(root, 'keys', [...keysPath, index], name),
  );
  if (typeof keyId !== 'string' || !Array.isArray(keys) || keys.includes(keyId)) return mistakes;
  return [
    ...mistakes,
    { path: [...path, 'verification', 'keyId'], message: 'is not among verification.keys; add it there' },
  ];
}

function clientMistakes(root: unknown, path: ConfigPath, client: unknown): Mistake[] {
  if (!isMap(client)) return [];
  const identified = ['spiffe', 'dns', 'fingerprints'].some((way) => list(client[way]).length > 0);
  return [
    ...(identified || client['local'] === true
      ? []
      : [{ path, message: 'has nothing to be recognised by; add spiffe, dns or fingerprints' }]),
    ...list(client['policySets']).flatMap((name, index) =>
      unknownNames(root, 'policySets', [...path, 'policySets', index], name),
    ),
  ];
}

function listenerMistakes(path: ConfigPath, listener: unknown): Mistake[] {
  if (!isMap(listener)) return [];
  const mistakes: Mistake[] = [];
  const { tls, insecure } = listener;
  if (get(tls, 'requireClientCert') === true && get(tls, 'clientCaFile') === undefined) {
    mistakes.push({
      path: [...path, 'tls'],
      message: 'requires client certificates but has no clientCaFile',
    });
  }
  if (tls !== undefined && insecure === true) {
    mistakes.push({ path: [...path, 'insecure'], message: 'contradicts tls; keep one of the two' });
  }
  const address = addressOf(listener);
  if (address?.kind === 'unix' && tls !== undefined) {
    mistakes.push({
      path: [...path, 'tls'],
      message: 'is not served on Unix sockets, whose file mode says who may connect; remove it',
    });
  }
  if (address === undefined || isLocalAddress(address)) return mistakes;
  if (path[0] === 'admin' && get(tls, 'requireClientCert') !== true) {
    const message =
      'is off loopback: add tls with clientCaFile and requireClientCert: true, or use a Unix socket';
    mistakes.push({ path: [...path, 'address'], message });
  } else if (tls === undefined && insecure !== true) {
    const message =
      'is off loopback without TLS: add tls, or insecure: true where something else protects it';
    mistakes.push({ path: [...path, 'address'], message });
  }
  return mistakes;
}

/** Clients are known by their certificates, so at least one listener must ask for them. */
function strangers(root: unknown): Mistake[] {
  const asks = LISTENERS.some((name) => get(get(get(root, name), 'tls'), 'clientCaFile') !== undefined);
  if (asks || get(root, 'clients') === undefined) return [];
  return [{ path: ['clients'], message: 'cannot be recognised: no listener has tls with clientCaFile' }];
}

function sameAddresses(root: unknown): Mistake[] {
  const seen = new Map<string, string>();
  return LISTENERS.flatMap((name) => {
    const listener = get(root, name);
    const text =
      get(listener, 'address') ?? (listener === false ? undefined : nodeAt([name, 'address'])?.default);
    const address = typeof text === 'string' ? parseAddress(text) : undefined;
    if (typeof text !== 'string' || address === undefined) return [];
    if (address.kind === 'tcp' && address.port === 0) return [];
    const other = seen.get(text);
    seen.set(text, name);
    return other === undefined
      ? []
      : [{ path: [name, 'address'], message: `is the address of ${other} as well` }];
  });
}

function addressOf(listener: unknown): ReturnType<typeof parseAddress> {
  const text = get(listener, 'address');
  return typeof text === 'string' ? parseAddress(text) : undefined;
}
