/** Up to this length a list is looked through, which is faster than an index and costs no memory. */
const SHORT_LENGTH = 8;

interface Named {
  readonly Name: string;
}

/** By list: its items by name. No list changes once it has been asked. */
const indexes = new WeakMap<readonly Named[], ReadonlyMap<string, Named>>();

/** The first item of that name. */
export function named<T extends Named>(items: readonly T[], name: string): T | undefined {
  if (items.length <= SHORT_LENGTH) return items.find((item) => item.Name === name);
  let index = indexes.get(items);
  if (index === undefined) {
    index = new Map(items.toReversed().map((item) => [item.Name, item]));
    indexes.set(items, index);
  }
  return index.get(name) as T | undefined;
}
