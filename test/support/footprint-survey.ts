/** Which reads of a footprint can be forgotten without any answer being another one. */
import { canonicalJson } from '../../src/json/canonical.ts';
import type { JsonValue } from '../../src/json/value.ts';
import type { Bench, Told } from './footprint-bench.ts';
import { type Asked, NOW_MS } from './footprint-check.ts';
import { inputFrom, variantsOf } from './footprint-inputs.ts';
import { type Mutant, mutantsOf } from './footprint-mutants.ts';
import { projectedText } from './projected-text.ts';
import { Choices } from './rego-choices.ts';

export interface Survey {
  readonly entrypoint: string;
  readonly caught: number;
  /** Of whole paths: `child` and `each`. */
  readonly pathsCaught: number;
  /** What nobody noticed. */
  readonly survivors: readonly Mutant[];
}

export interface Surveyed {
  readonly entrypoint: string;
  readonly asked: readonly Asked[];
  readonly constants: readonly JsonValue[];
}

/** Inputs near those that were given, for all of them together, and inputs made from nothing. */
const NEAR = 300;
const MADE = 150;

interface Case {
  readonly input: JsonValue;
  readonly nowMs: number;
  /** What the footprint shows of it. */
  readonly shown: string;
  readonly full: Told;
}

/** The same for the same policy: the inputs near those that were given follow from a seed. */
export function surveyOf(bench: Bench, { entrypoint, asked, constants }: Surveyed): Survey {
  const { input: tree } = bench.footprints.get(entrypoint)!;
  const evaluate = (text: string, nowMs: number): Told => bench.ofPlan(entrypoint, Buffer.from(text), nowMs);
  const cases: Case[] = [];
  const add = (input: JsonValue | undefined, nowMs: number): void => {
    if (input === undefined) return;
    const full = evaluate(canonicalJson(input), nowMs);
    cases.push({ input, nowMs, shown: projectedText(tree, input), full });
  };
  for (const { input, nowMs = NOW_MS } of asked) add(input, nowMs);
  const choices = new Choices(1);
  const variants = Math.max(4, Math.ceil(NEAR / asked.length));
  for (const { input, nowMs = NOW_MS } of asked) {
    for (const variant of variantsOf(choices, input, constants, variants)) add(variant, nowMs);
  }
  for (let i = 0; i < MADE; i++) add(inputFrom(choices, tree, constants), NOW_MS);

  const told = new Map<string, Told>();
  const isCaught = ({ tree: mutant }: Mutant): boolean =>
    cases.some(({ input, nowMs, shown, full }) => {
      const text = projectedText(mutant, input);
      if (text === shown) return false;
      const key = `${nowMs} ${text}`;
      let projected = told.get(key);
      if (projected === undefined) told.set(key, (projected = evaluate(text, nowMs)));
      return projected !== full;
    });
  const mutants = [...mutantsOf(tree)];
  const survivors = mutants.filter((mutant) => !isCaught(mutant));
  const paths = (of: readonly Mutant[]): number => of.filter(({ kind }) => kind !== 'bit').length;
  return {
    entrypoint,
    caught: mutants.length - survivors.length,
    pathsCaught: paths(mutants) - paths(survivors),
    survivors,
  };
}
