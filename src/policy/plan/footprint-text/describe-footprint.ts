import type { Effect } from '../../builtins/builtin.ts';
import type { Footprint } from '../footprint.ts';
import { type Advice, adviceFor } from './advice.ts';
import { type Cacheability, cacheabilityOf } from './cacheability.ts';
import { type ReadRow, readRows } from './read-rows.ts';
import { dataWords, inputWords, listed } from './read-words.ts';

/** A footprint for people and, as plain JSON, for programs. */
export interface FootprintText {
  /** `reads method, path, header x-user; depends on the clock through time.now_ns; cacheable up to token expiry` */
  readonly text: string;
  /** What it reads of the base data: `reads data.grants, data.roles`. Empty when it reads none. */
  readonly dataText: string;
  readonly reads: readonly ReadRow[];
  readonly dataReads: readonly ReadRow[];
  readonly effects: readonly { readonly effect: Effect; readonly builtins: readonly string[] }[];
  readonly clock: Footprint['clock'];
  /** Where parts of the input are read as a whole: the first place for each. */
  readonly fullReads: readonly { readonly path: string; readonly place: string; readonly why: string }[];
  readonly cacheability: Cacheability;
  readonly advice: readonly Advice[];
}

/** What an answer depends on beside input and data. A window is told by how long answers can be kept. */
const DEPENDS: Readonly<Record<Effect, string | undefined>> = {
  clock: 'the clock',
  network: 'the network',
  random: 'chance',
  host: 'the configuration of the server',
  window: undefined,
  print: undefined,
};

/** Says what an entrypoint reads, what else it depends on, how its answers can be kept, and what could be changed. */
export function describeFootprint(footprint: Footprint): FootprintText {
  const cacheability = cacheabilityOf(footprint);
  const effects = Array.from(footprint.effects, ([effect, builtins]) => ({ effect, builtins }));
  const data = dataWords(footprint.data);
  const depends = effects.flatMap(({ effect, builtins }) =>
    DEPENDS[effect] === undefined ? [] : [`${DEPENDS[effect]} through ${listed(builtins)}`],
  );
  return {
    text: [
      `reads ${inputWords(footprint.input).join(', ') || 'nothing of the input'}`,
      ...(depends.length === 0 ? [] : [`depends on ${listed(depends)}`]),
      cacheability.text,
    ].join('; '),
    dataText: data.length === 0 ? '' : `reads ${data.join(', ')}`,
    reads: readRows('input', footprint.input),
    dataReads: readRows('data', footprint.data),
    effects,
    clock: footprint.clock,
    fullReads: footprint.fullReads.map(({ path, at, why }) => ({
      path,
      place: `${at.file}:${at.row}:${at.col}`,
      why,
    })),
    cacheability,
    advice: adviceFor(footprint, cacheability),
  };
}
