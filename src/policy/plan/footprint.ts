/**
 * What an entrypoint can depend on. For now always the whole input; a plan's analysis will narrow it, and only the
 * views' `project` and this type change then.
 */
export interface Footprint {
  readonly input: 'whole';
}

export const WHOLE_INPUT: Footprint = { input: 'whole' };
