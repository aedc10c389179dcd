import { PortcullisError } from '../../errors.ts';
import type { ModuleDescriptor, PolicySetDescriptor } from '../descriptor.ts';

/** Where an entrypoint is answered: what `open` made of its module, and the module's number for it. */
export interface Route<Target> {
  readonly target: Target;
  readonly number: number;
}

/**
 * Finds the module of each entrypoint that callers may ask; what OPA compiled beside those has no route. Modules
 * without a route are not opened.
 * @throws PortcullisError `bundle_entrypoint_unknown` when no module offers it, `bundle_entrypoint_conflict` when several do
 */
export function routesOf<Target>(
  descriptor: PolicySetDescriptor,
  open: (module: ModuleDescriptor) => Target,
): ReadonlyMap<string, Route<Target>> {
  const owners = new Map(
    descriptor.entrypoints.map((entrypoint) => [entrypoint, ownerOf(descriptor, entrypoint)]),
  );
  const targets = new Map<ModuleDescriptor, Target>();
  for (const module of new Set(owners.values())) targets.set(module, open(module));
  const routes = new Map<string, Route<Target>>();
  for (const [entrypoint, module] of owners) {
    routes.set(entrypoint, {
      target: targets.get(module) as Target,
      number: module.entrypoints[entrypoint] as number,
    });
  }
  return routes;
}

function ownerOf(descriptor: PolicySetDescriptor, entrypoint: string): ModuleDescriptor {
  const owners = descriptor.modules.filter((module) => Object.hasOwn(module.entrypoints, entrypoint));
  const [owner] = owners;
  if (owner === undefined) {
    throw new PortcullisError(
      'bundle_entrypoint_unknown',
      `policy set "${descriptor.name}": no module offers entrypoint "${entrypoint}"`,
    );
  }
  if (owners.length > 1) {
    throw new PortcullisError(
      'bundle_entrypoint_conflict',
      `policy set "${descriptor.name}": entrypoint "${entrypoint}" is offered by the bundles ${owners.map(({ bundle }) => `"${bundle}"`).join(', ')}`,
    );
  }
  return owner;
}
