/** The corpus: policies in the manner of those that people publish, each with inputs that it may be asked. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compilePolicies } from '../../src/authoring/compile-policies.ts';
import { readSources } from '../../src/authoring/sources.ts';
import { parseJson } from '../../src/json/parse.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import { type Bench, createBench } from './footprint-bench.ts';
import { type Asked, NOW_MS } from './footprint-check.ts';
import { constantsOf } from './footprint-inputs.ts';

const FOLDER = join(import.meta.dirname, '../corpus');

/** One entrypoint of the corpus. */
export interface CorpusEntrypoint {
  /** The folder. */
  readonly policy: string;
  readonly entrypoint: string;
  readonly asked: readonly Asked[];
  /** What its sources and data name. */
  readonly constants: readonly JsonValue[];
}

export interface Corpus {
  readonly bench: Bench;
  readonly entrypoints: readonly CorpusEntrypoint[];
}

interface Inputs {
  readonly [index: number]: { readonly now?: string; readonly input?: JsonValue };
}

/** Compiled together: the policies' packages and data lie side by side. */
export async function readCorpus(options: { readonly module: boolean }): Promise<Corpus> {
  const sources = await readSources([FOLDER]);
  const rego = { ...sources, data: [], vectors: [] };
  const compiled = await compilePolicies(rego, []);
  const data: [string, JsonObject][] = [];
  for (const { path, bytes } of sources.data) data.push([dirname(path), parseJson(bytes) as JsonObject]);
  const bench = await createBench({
    plan: compiled.plan,
    wasm: options.module ? compiled.module : undefined,
    dataText: JSON.stringify(Object.fromEntries(data)),
    entrypoints: compiled.entrypoints,
  });
  const dataOf = new Map(data);
  const policies = globSync(join(FOLDER, '*/policy.rego')).sort();
  const entrypoints: CorpusEntrypoint[] = [];
  for (const policy of policies.map((file) => basename(dirname(file)))) {
    const inputs = parseJson(await readFile(join(FOLDER, policy, 'inputs.json'))) as unknown as Inputs;
    const asked = Object.values(inputs).map(({ now, input }) => ({
      input,
      nowMs: now === undefined ? NOW_MS : Date.parse(now),
    }));
    const texts = sources.rego
      .filter(({ path }) => path.startsWith(`${policy}/`))
      .map(({ bytes }) => String(bytes));
    const constants = constantsOf(texts.join('\n'), dataOf.get(policy));
    for (const entrypoint of compiled.entrypoints.filter((each) => each.startsWith(`corpus/${policy}/`))) {
      entrypoints.push({ policy, entrypoint, asked, constants });
    }
  }
  return { bench, entrypoints };
}
