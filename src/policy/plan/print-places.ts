import type { PlanLocation, Statement } from './ir.ts';
import type { PlanTracer } from './tracer.ts';

/** Knows where an evaluation is, so that what it prints can be shown with its place. */
export class PrintPlaces implements PlanTracer {
  /** Of the statement at work, or of the last one that has a place. */
  place: PlanLocation | undefined;

  step({ at }: Statement): void {
    if (at.row > 0) this.place = at;
  }
  enter(): void {}
  leave(): void {}
  remembered(): void {}
  undefinedAt(): void {}
  builtin(): void {}
}
