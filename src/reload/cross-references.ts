import { regoPackage } from '../bundle/rego-package.ts';
import { rootsOverlap } from '../bundle/roots.ts';
import { PortcullisError } from '../errors.ts';
import type { PreparedBundle } from './activation.ts';

/**
 * Refuses bundles whose policies refer to the packages of another bundle of the set: each module holds its own rules and
 * sees the others' base data only, so that such a reference is undefined where OPA, which compiles all bundles together,
 * would find a value. With `not` that turns a denial into an allow. Looks at the sources that travel along; a bundle
 * without sources cannot be checked, nor can `data[x]`. Throws `bundle_cross_reference`.
 */
export function checkCrossReferences(policySet: string, bundles: readonly PreparedBundle[]): void {
  for (const user of bundles) {
    const used = new Map(
      user.bundle.sources.flatMap((file) => references(text(file)).map((path) => [path, file.path])),
    );
    for (const owner of bundles) {
      if (owner === user) continue;
      for (const file of owner.bundle.sources) {
        const owned = regoPackage(text(file))?.join('/');
        const path =
          owned === undefined ? undefined : [...used.keys()].find((each) => rootsOverlap(each, owned));
        if (path === undefined) continue;
        const message = `policy set ${policySet}: ${used.get(path)} of bundle ${user.name} refers to data.${path.replaceAll('/', '.')}, whose rules are in bundle ${owner.name}`;
        throw new PortcullisError('bundle_cross_reference', message);
      }
    }
  }
}

const text = ({ bytes }: { readonly bytes: Uint8Array }): string => Buffer.from(bytes).toString('utf8');

/**
 * `data.a.b` and `data["a"].b` as `a/b`. Whole lines of comment do not count; what stands in a string does, for a needless
 * refusal is the smaller harm.
 */
function references(source: string): string[] {
  return [
    ...source.replaceAll(/^[ \t]*#.*$/gm, '').matchAll(/(?<![.\w])data((?:\.[A-Za-z_]\w*|\["[^"\\]*"\])+)/g),
  ].map(([, path]) =>
    path!
      .replaceAll(/\["([^"]*)"\]/g, '.$1')
      .slice(1)
      .replaceAll('.', '/'),
  );
}
