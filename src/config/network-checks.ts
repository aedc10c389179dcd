/** Mistakes of `network` that span several fields. */
import type { Mistake } from './mistake.ts';
import { entries, get, isMap, list, unknownNames } from './written.ts';

/** Gives every mistake found in `network` as written. */
export function networkMistakes(root: unknown): Mistake[] {
  const network = get(root, 'network');
  return entries(get(network, 'hosts')).flatMap(([name, host]) =>
    hostMistakes(root, ['network', 'hosts', name], host),
  );
}

function hostMistakes(root: unknown, path: Mistake['path'], host: unknown): Mistake[] {
  if (!isMap(host)) return [];
  const { clientCertFile, clientKeyFile, schemes } = host;
  const withTls = schemes === undefined || list(schemes).includes('https');
  const mistakes: Mistake[] = [
    ...list(host['policySets']).flatMap((name, index) =>
      unknownNames(root, 'policySets', [...path, 'policySets', index], name),
    ),
    ...list(host['redirectsTo']).flatMap((name, index) => redirectMistakes(root, path, name, index)),
  ];
  if ((clientCertFile === undefined) !== (clientKeyFile === undefined)) {
    mistakes.push({ path, message: 'needs clientCertFile and clientKeyFile together' });
  }
  if (!withTls && (clientCertFile ?? clientKeyFile ?? host['caFile']) !== undefined) {
    mistakes.push({ path, message: 'has files for TLS but not the scheme https' });
  }
  return mistakes;
}

function redirectMistakes(root: unknown, path: Mistake['path'], name: unknown, index: number): Mistake[] {
  const network = get(root, 'network');
  return unknownNames(network, 'hosts', [...path, 'redirectsTo', index], name);
}
