/** Mistakes of `extAuthz` that span several fields. */
import type { Mistake } from './mistake.ts';
import { entries, get, isMap, list, unknownNames } from './written.ts';

/** Gives every mistake found in `extAuthz` as written. */
export function extAuthzMistakes(root: unknown): Mistake[] {
  const extAuthz = get(root, 'extAuthz');
  if (!isMap(extAuthz)) return [];
  const { policySet, entrypoint, choices } = extAuthz;
  const sets = entries(get(root, 'policySets')).map(([name]) => name);
  const asked = policySet ?? (sets.length === 1 ? sets[0] : undefined);
  return [
    // Envoy's checks name no policy set by themselves.
    ...(policySet === undefined && sets.length > 1
      ? [{ path: ['extAuthz'], message: 'must name its policySet, because there are several' }]
      : []),
    ...unknownNames(root, 'policySets', ['extAuthz', 'policySet'], policySet),
    ...unoffered(root, ['extAuthz', 'entrypoint'], asked, entrypoint),
    ...entries(choices).flatMap(([set]) =>
      unknownNames(root, 'policySets', ['extAuthz', 'choices', set], set),
    ),
    ...entries(choices).flatMap(([set, entrypoints]) =>
      list(entrypoints).flatMap((each, index) =>
        unoffered(root, ['extAuthz', 'choices', set, index], set, each),
      ),
    ),
  ];
}

/** A mistake when the policy set lists its entrypoints and this one is not among them. */
function unoffered(root: unknown, path: Mistake['path'], set: unknown, entrypoint: unknown): Mistake[] {
  const offered = get(get(get(root, 'policySets'), String(set)), 'entrypoints');
  if (typeof entrypoint !== 'string' || !Array.isArray(offered) || offered.includes(entrypoint)) return [];
  return [{ path, message: `"${entrypoint}" is not among the entrypoints of policySets.${String(set)}` }];
}
