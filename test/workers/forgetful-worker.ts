/** A worker that caches by a footprint which forgets what answers depend on. */
import { DataPlane } from '../../src/decision/data-plane.ts';
import { footprint } from '../support/engine.ts';

// oxlint-disable-next-line typescript/unbound-method -- called with its own `this` below
const stage = DataPlane.prototype.stage;
DataPlane.prototype.stage = function forgetful(to) {
  const footprints = new Map([['versions/decision', footprint('user')]]);
  return stage.call(this, { ...to, descriptor: { ...to.descriptor, footprints } });
};

await import('./fragile-worker.ts');
