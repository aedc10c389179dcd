/** The demo's bundle, to be asked its vectors' inputs through its footprints. */
import { dirname } from 'node:path';
import { parseJson } from '../../src/json/parse.ts';
import { getPointer } from '../../src/json/pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { demoBundle } from './demo-bundle.ts';
import { type Bench, createBench } from './footprint-bench.ts';
import { type Asked, NOW_MS } from './footprint-check.ts';
import { constantsOf } from './footprint-inputs.ts';
import type { Surveyed } from './footprint-survey.ts';

export interface Demo {
  readonly bench: Bench;
  readonly entrypoints: readonly Surveyed[];
}

/** Entrypoints without vectors are left out. */
export async function readDemo(): Promise<Demo> {
  const { descriptor, vectors } = await demoBundle();
  const [module] = descriptor.modules;
  const bench = await createBench({
    plan: module!.plan!,
    wasm: module,
    dataText: Buffer.from(descriptor.dataJson).toString(),
    entrypoints: descriptor.entrypoints,
  });
  const sources = Object.entries(module!.sources ?? {});
  const entrypoints = descriptor.entrypoints.flatMap((entrypoint): Surveyed[] => {
    // Those of its neighbours are inputs as well.
    const folder = dirname(entrypoint);
    const asked: Asked[] = vectors
      .filter((vector) => dirname(vector.entrypoint) === folder)
      .map(({ inputJson, nowMs }) => ({
        input: inputJson === undefined ? undefined : parseJson(inputJson),
        nowMs: nowMs ?? NOW_MS,
      }));
    if (asked.length === 0) return [];
    asked.push(...asked.flatMap((one) => otherwise(one)));
    const texts = sources.filter(
      ([path]) => path.includes(`${entrypoint.split('/')[0]}/`) || path.includes('lib/'),
    );
    return [{ entrypoint, asked, constants: constantsOf(texts.map(([, text]) => text).join('\n')) }];
  });
  return { bench, entrypoints };
}

/** As other decision points give a request: the path parsed, without facts about it; bodies that were cut; calls that are none of gRPC. */
function otherwise({ input, nowMs }: Asked): Asked[] {
  if (!isJsonObject(input) || !isJsonObject(input['path'])) return [];
  const { path, ...rest } = input;
  const segments = path['decoded_segments'];
  const http = getPointer(input, ['attributes', 'request', 'http']);
  if (!isTexts(segments) || !isJsonObject(http)) return [];
  const headers = http['headers'];
  const time = { nowMs: nowMs ?? NOW_MS };
  const withHttp = (members: JsonObject): JsonObject => ({
    ...rest,
    attributes: {
      ...(input['attributes'] as JsonObject),
      request: {
        ...(getPointer(input, ['attributes', 'request']) as JsonObject),
        http: { ...http, ...members },
      },
    },
  });
  const parsed = { ...withHttp({ path: `/${segments.join('/')}` }), parsed_path: segments };
  return [
    { input: parsed, ...time },
    { input: { ...parsed, parsed_path: [...segments, 'x'] }, ...time },
    { input: { ...input, truncated_body: true }, ...time },
    ...(isJsonObject(headers) && 'content-type' in headers
      ? [{ input: { ...withHttp({ headers: { ...headers, 'content-type': 'text/plain' } }), path }, ...time }]
      : []),
  ];
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
