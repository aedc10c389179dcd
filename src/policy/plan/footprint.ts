/**
 * What an entrypoint can depend on. For now by the top-level keys of the input; a plan's analysis will narrow it
 * further, and only the views' `project` and this type change then.
 */
export interface Footprint {
  readonly input: 'whole' | ReadonlySet<string>;
}

export const WHOLE_INPUT: Footprint = { input: 'whole' };

/** Whether the entrypoint can read anything below a top-level key of the input. */
export function mayRead({ input }: Footprint, key: string): boolean {
  return input === 'whole' || input.has(key);
}
