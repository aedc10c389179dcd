/** Mistakes of `network` that span several fields. */
import { normalPattern } from './host-pattern.ts';
import { type Mistake, suggestion } from './mistake.ts';
import { get, isMap, list, unknownNames } from './written.ts';

/** Gives every mistake found in `network` as written. */
export function networkMistakes(root: unknown): Mistake[] {
  const hosts = list(get(get(root, 'network'), 'hosts'));
  const listed = hosts.map((host) => get(host, 'host')).filter((host) => typeof host === 'string');
  return hosts.flatMap((host, index) => hostMistakes(root, ['network', 'hosts', index], host, listed));
}

function hostMistakes(
  root: unknown,
  path: Mistake['path'],
  host: unknown,
  listed: readonly string[],
): Mistake[] {
  if (!isMap(host)) return [];
  const known = new Set(listed.map(normalPattern));
  const { clientCertFile, clientKeyFile, schemes } = host;
  const mistakes: Mistake[] = [
    ...list(host['policySets']).flatMap((name, index) =>
      unknownNames(root, 'policySets', [...path, 'policySets', index], name),
    ),
    ...list(host['redirectsTo']).flatMap((target, index) =>
      typeof target === 'string' && !known.has(normalPattern(target))
        ? [
            {
              path: [...path, 'redirectsTo', index],
              message: `is not among the hosts${suggestion(target, listed)}`,
            },
          ]
        : [],
    ),
  ];
  if ((clientCertFile === undefined) !== (clientKeyFile === undefined)) {
    mistakes.push({ path, message: 'needs clientCertFile and clientKeyFile together' });
  }
  const tls = clientCertFile ?? clientKeyFile ?? host['caFile'];
  if (tls !== undefined && Array.isArray(schemes) && !schemes.includes('https')) {
    mistakes.push({ path, message: 'has files for TLS but not the scheme https' });
  }
  return mistakes;
}
