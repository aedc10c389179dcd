import type { JsonValue } from '../../json/value.ts';
import { isJsonObject } from '../../json/value.ts';
import { FULL, type ReadTree } from '../plan/footprint.ts';
import { leafPaths, partAt, withNoise, withPart } from './edit-document.ts';
import { ANY, type PlanHints, pathText } from './plan-hints.ts';
import type { Met } from './plan-watcher.ts';
import { SeededChoices } from './seeded-choices.ts';

/** One document to ask an entrypoint with; undefined is no input at all. */
export interface GeneratedInput {
  readonly document: JsonValue | undefined;
  /** What was done to get it, such as `input.method removed`. */
  readonly what: string;
}

export interface GeneratorOptions {
  /** What the entrypoint is said to see. */
  readonly tree: ReadTree;
  readonly hints: PlanHints;
  /** Values that the base data holds: policies look up parts of the input there. */
  readonly dataValues: readonly JsonValue[];
  /** Inputs that are known to mean something: those of decision vectors. */
  readonly samples: readonly JsonValue[];
  /** The same seed gives the same inputs. */
  readonly seed: string;
}

const NO_DOCUMENTS: readonly (JsonValue | undefined)[] = [undefined, {}, null, [], 'x', 1, true];
/** Among them numbers that are equal and written otherwise, and a key that is none in JavaScript. */
const STRANGE: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  1,
  JSON.rawJSON('1.0'),
  JSON.rawJSON('1e0'),
  -1,
  1.5,
  1000,
  '',
  'x',
  '1',
  [],
  ['x'],
  ['x', 'y', 'z'],
  {},
  { x: 1, y: 'y' },
  JSON.parse('{"__proto__":{"x":1}}') as JsonValue,
];
const MAX_LEAVES = 500;
const MAX_PATHS = 500;
/** Of a document that turned out to matter, so many neighbours are asked next. */
const NEIGHBOURS = 20;
const MAX_SAMPLES = 100;

/**
 * Makes inputs that may tell a right footprint from a wrong one, without end: first none and strange ones, the samples with keys that nobody
 * reads, and each path that the footprint or the plan names with nothing else changed; then any of that together. The same options
 * and the same calls give the same inputs.
 */
export class InputGenerator {
  readonly #options: GeneratorOptions;
  readonly #choices: SeededChoices;
  readonly #paths: readonly (readonly string[])[];
  readonly #samples: JsonValue[];
  readonly #first: (() => GeneratedInput)[];

  constructor(options: GeneratorOptions) {
    const { tree, hints, samples, seed } = options;
    const choices = new SeededChoices(seed);
    this.#options = options;
    this.#choices = choices;
    this.#paths = uniquePaths([...hints.paths, ...treePaths(tree)]).slice(0, MAX_PATHS);
    this.#samples = choices.shuffled(samples).slice(0, MAX_SAMPLES);
    this.#first = [
      ...NO_DOCUMENTS.map((document) => () => ({ document, what: `the input ${JSON.stringify(document)}` })),
      ...this.#samples.slice(0, 20).map((sample) => () => this.#noisy(sample, 'a vector’s input')),
      ...choices.shuffled(this.#paths).map((path) => () => this.#changedAt(this.#baseWith(path), path)),
    ];
  }

  next(): GeneratedInput {
    return this.#first.shift()?.() ?? this.#any();
  }

  /** The document had an answer of its own, or got further: what is near it may get further still. `met` is what its values met. */
  matters(document: JsonValue, met: Met): void {
    if (this.#samples.length >= MAX_SAMPLES || this.#paths.length === 0) return;
    this.#samples.push(document);
    const mixed = this.#choices.shuffled(this.#paths);
    const near = Array.from({ length: NEIGHBOURS }, (_, index) => mixed[index % mixed.length]!);
    this.#first.unshift(
      ...this.#met(document, met),
      ...near.map((path) => () => this.#changedAt(document, path)),
    );
  }

  /** Each value of the document that met another one with that in its place. */
  #met(document: JsonValue, met: Met): (() => GeneratedInput)[] {
    const made = leafPaths(document, MAX_LEAVES).flatMap((path) => {
      const values = met.get(JSON.stringify(partAt(document, path))) ?? [];
      return values.map((value) => () => setAt(document, path, value));
    });
    return this.#choices.shuffled(made).slice(0, NEIGHBOURS);
  }

  /** Several changes at once. */
  #any(): GeneratedInput {
    const choices = this.#choices;
    let made: GeneratedInput = { document: this.#base(), what: 'an input made up' };
    const steps = choices.below(4);
    for (let step = 0; step < steps; step++) {
      const leaves = leafPaths(made.document, MAX_LEAVES);
      const places = leaves.length > 0 && choices.chance(0.5) ? leaves : this.#paths;
      made = this.#changedAt(made.document, places.length > 0 ? choices.one(places) : []);
    }
    const { document, what } = made;
    return document !== undefined && choices.chance(0.2) ? this.#noisy(document, what) : made;
  }

  #base(): JsonValue {
    const known = this.#samples.length > 0 && this.#choices.chance(0.6);
    return known ? this.#choices.one(this.#samples) : this.#skeleton();
  }

  #baseWith(path: readonly string[]): JsonValue {
    const having = this.#samples.filter((each) => partAt(each, path) !== undefined);
    return having.length > 0 ? this.#choices.one(having) : this.#base();
  }

  /** A document that has most of the paths. */
  #skeleton(): JsonValue {
    let document: JsonValue = {};
    for (const path of this.#paths) {
      if (this.#choices.chance(0.1)) continue;
      const place = this.#filled(path, document);
      const there = partAt(document, place);
      // What stands below a path is worth more than a value in its place.
      if (isJsonObject(there) || Array.isArray(there)) continue;
      document = withPart(document, place, this.#valueFor(path)) ?? {};
    }
    return document;
  }

  #noisy(document: JsonValue, what: string): GeneratedInput {
    const key = `unread ${this.#choices.below(1000)}`;
    const made = withNoise(document, key, this.#choices.one(STRANGE));
    return { document: made, what: `${what} with other keys beside its own` };
  }

  /** One path changed: removed, another value, a value of another input. */
  #changedAt(document: JsonValue | undefined, pattern: readonly string[]): GeneratedInput {
    const choices = this.#choices;
    const path = this.#filled(pattern, document);
    const roll = choices.below(10);
    const swapped = this.#samples.length > 0 ? partAt(choices.one(this.#samples), path) : undefined;
    if (roll === 0)
      return { document: withPart(document, path, undefined), what: `${placeOf(path)} removed` };
    if (roll <= 2 && swapped !== undefined) {
      return { document: withPart(document, path, swapped), what: `${placeOf(path)} as in another input` };
    }
    const value = roll <= 6 ? this.#valueFor(pattern) : choices.one(STRANGE);
    return setAt(document, path, value);
  }

  /** Something that the plan compares with that place, or with anything, or that the data holds, or that nobody expects. */
  #valueFor(path: readonly string[]): JsonValue {
    const { hints, dataValues } = this.#options;
    const known = hints.valuesAt.get(pathText(path));
    const lists: (readonly [readonly JsonValue[], number])[] = [
      [known ?? [], 0.7],
      [hints.constants, 0.4],
      [dataValues, 0.5],
    ];
    for (const [values, weight] of lists) {
      if (values.length > 0 && this.#choices.chance(weight)) return this.#choices.one(values);
    }
    return this.#choices.one(STRANGE);
  }

  /** The path with a key of the document for each one that may be any. */
  #filled(path: readonly string[], document: JsonValue | undefined): readonly string[] {
    if (!path.includes(ANY)) return path;
    const found: string[] = [];
    for (const key of path) {
      const part = partAt(document, found);
      const keys = Array.isArray(part) || isJsonObject(part) ? Object.keys(part) : [];
      if (key !== ANY) found.push(key);
      else found.push(this.#choices.one(keys.length > 0 ? keys : ['0', 'a', 'x']));
    }
    return found;
  }
}

const placeOf = (path: readonly string[]): string => ['input', ...path].join('.');

function setAt(document: JsonValue | undefined, path: readonly string[], value: JsonValue): GeneratedInput {
  return { document: withPart(document, path, value), what: `${placeOf(path)} set to ${shown(value)}` };
}

const MAX_SHOWN = 60;

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Where a footprint sees something, but for the input as a whole. */
function treePaths(tree: ReadTree): string[][] {
  const paths: string[][] = [];
  const walk = ({ children, each, reads }: ReadTree, path: string[]): void => {
    if (path.length > 0) paths.push(path);
    if ((reads & FULL) !== 0) return;
    for (const [key, child] of children ?? []) walk(child, [...path, key]);
    if (each !== undefined) walk(each, [...path, ANY]);
  };
  walk(tree, []);
  return paths;
}

function uniquePaths(paths: readonly (readonly string[])[]): (readonly string[])[] {
  return [...new Map(paths.map((path) => [pathText(path), path])).values()];
}
