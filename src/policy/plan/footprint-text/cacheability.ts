/** Whether and how long answers of an entrypoint can be kept, by what its footprint says. */
import type { Effect } from '../../builtins/builtin.ts';
import type { Footprint } from '../footprint.ts';
import { showsAll } from './read-rows.ts';
import { listed } from './read-words.ts';
import { type VolatileRead, volatileReads } from './volatile-reads.ts';

/**
 * `always`: an answer holds as long as policy and data do. `window`: until a token or a certificate expires.
 * `derived_window`: until the next moment that the policy compares the time with, too. `time_resolution`: only where the
 * operator says how exact the time has to be. `never`: every evaluation may answer otherwise.
 */
export type CacheClass = 'always' | 'window' | 'derived_window' | 'time_resolution' | 'never';

export interface Cacheability {
  readonly class: CacheClass;
  /** The builtins that make it so. */
  readonly builtins: readonly string[];
  /** The whole input is the key. */
  readonly wholeInput: boolean;
  /** What else of the input makes that answers are hardly ever found again. */
  readonly volatileReads: readonly VolatileRead[];
  readonly text: string;
}

export function cacheabilityOf(footprint: Footprint): Cacheability {
  const { class: kind, builtins } = classOf(footprint);
  const wholeInput = showsAll(footprint.input);
  const volatile = wholeInput ? [] : volatileReads(footprint.input);
  const text = textOf(kind, builtins, foundAgain(wholeInput, volatile));
  return { class: kind, builtins, wholeInput, volatileReads: volatile, text };
}

/** Whether answers are kept without more ado and found again. */
export function cachesWell({ class: kind, wholeInput, volatileReads: volatile }: Cacheability): boolean {
  return kind !== 'never' && kind !== 'time_resolution' && !wholeInput && volatile.length === 0;
}

function classOf({ effects, clock }: Footprint): Pick<Cacheability, 'class' | 'builtins'> {
  const of = (...names: readonly Effect[]): string[] => names.flatMap((name) => effects.get(name) ?? []);
  if (effects.has('network') || effects.has('random'))
    return { class: 'never', builtins: of('network', 'random') };
  if (clock === 'free') return { class: 'time_resolution', builtins: of('clock', 'window') };
  if (clock === 'compared') return { class: 'derived_window', builtins: of('clock', 'window') };
  return effects.has('window')
    ? { class: 'window', builtins: of('window') }
    : { class: 'always', builtins: [] };
}

function foundAgain(wholeInput: boolean, volatile: readonly VolatileRead[]): string {
  if (wholeInput) return ', but found again only for the very same input';
  return volatile.length === 0 ? '' : ', but hardly ever found again';
}

function textOf(kind: CacheClass, builtins: readonly string[], found: string): string {
  if (kind === 'never') return `never cached, for ${listed(builtins)}`;
  if (kind === 'always') return `cacheable${found}`;
  const ends = [...new Set(builtins.map(endOf))].filter(
    (end) => kind !== 'time_resolution' || end !== COMPARISON,
  );
  const upTo = ends.length === 0 ? '' : ` up to ${ends.join(' or ')}`;
  return `cacheable${kind === 'time_resolution' ? ' only with a time resolution' : ''}${upTo}${found}`;
}

const COMPARISON = 'the moment a time comparison changes';

function endOf(builtin: string): string {
  if (builtin.startsWith('io.jwt.')) return 'token expiry';
  return builtin.startsWith('crypto.x509.') ? 'certificate expiry' : COMPARISON;
}
