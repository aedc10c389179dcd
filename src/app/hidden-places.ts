import { parsePointer } from '../json/pointer.ts';
import type { HiddenPlaces } from '../policy/plan/explain/secrets.ts';

/** What the decision log masks is not explained either. */
export function hiddenPlaces(masks: readonly string[]): HiddenPlaces {
  const pointers = masks.map(parsePointer);
  const below = (document: string): HiddenPlaces['input'] =>
    pointers.filter(([first]) => first === document).map((pointer) => pointer.slice(1));
  return { input: below('input'), result: below('result') };
}
