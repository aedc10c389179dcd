/**
 * Generated policies by the thousand, asked of the plan evaluator, of their module and of OPA, and the demo's policies on inputs
 * that they did not expect: prints the counts; what nobody can explain is made small, printed, and fails.
 * And policies of the same kind through their footprints: what they answer from what they can see, and from all of it.
 * And sequences of HTTP/2 frames, changed by chance, to connections of the gRPC transport; the first that fails is told by its seed.
 * `--pairs` (10000), `--demo` inputs (5000), `--footprints` inputs (100000), `--wire` sequences (200000), `--seed` to repeat a run;
 * otherwise the seed follows from the day.
 */
import { parseArgs } from 'node:util';
import { opaTool } from '../src/authoring/opa-tool.ts';
import { runMutations } from '../test/support/demo-policies.ts';
import {
  footprintSeriesText,
  generatedDifferenceText,
  runFootprints,
  shrunkDifference,
} from '../test/support/footprint-generated.ts';
import { runSeries, seriesText, shrunk, verdictText } from '../test/support/generated-series.ts';
import { runFuzz } from '../test/wire/fuzz-run.ts';

/** Shrinking one takes a minute or so. */
const MAX_SHRUNK = 5;

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10000' },
    demo: { type: 'string', default: '5000' },
    footprints: { type: 'string', default: '100000' },
    wire: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000) * 10_000) },
  },
});
const seed = Number(values.seed);
await opaTool({ onInstall: (message) => console.error(message) });

const startMs = performance.now();
const seconds = (): string => ((performance.now() - startMs) / 1000).toFixed(0);
const series = await runSeries(seed, Number(values.pairs), {
  onBatch: (pairs) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${pairs} pairs`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r');
console.log(`seeds from ${seed}, ${seconds()} s: ${seriesText(series)}`);
// One of each policy.
const distinct = new Map(series.unexplained.map((verdict) => [verdict.policy.name, verdict]));
for (const verdict of [...distinct.values()].slice(0, MAX_SHRUNK)) {
  console.error(`\n${verdictText(await shrunk(verdict))}`);
}

const demo = await runMutations(seed, Number(values.demo));
console.log(
  `demo: ${demo.asked} inputs, ${demo.changed} of them with another answer than before, all alike in plan and module but ${demo.differences.length}`,
);
for (const difference of demo.differences.slice(0, MAX_SHRUNK)) console.error(difference);

const seen = await runFootprints(seed, Number(values.footprints), {
  onBatch: (asked) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${asked} inputs`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r');
console.log(`footprints, ${seconds()} s: ${footprintSeriesText(seen)}`);
const differing = new Map(seen.differences.map((each) => [each.difference.entrypoint, each]));
for (const each of [...differing.values()].slice(0, MAX_SHRUNK)) {
  console.error(`\n${generatedDifferenceText(await shrunkDifference(each))}`);
}

const wire = await runFuzz(seed, Number(values.wire), (done) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} sequences`);
}).catch((error: Error) => {
  console.error(error);
  return undefined;
});
if (process.stderr.isTTY) process.stderr.write('\r');
if (wire !== undefined) {
  console.log(
    `wire, ${seconds()} s: ${wire.sequences} sequences, ${wire.untouched} of them by the rules, ${wire.goneAway} ended with GOAWAY, ${wire.answers} answers`,
  );
}

const tooLong = series.counts.get('too long') ?? 0;
if (tooLong >= series.pairs / 100)
  console.error(`${tooLong} pairs take too long: the generator writes policies that are too large`);
const isWrong =
  series.unexplained.length > 0 ||
  demo.differences.length > 0 ||
  seen.differences.length > 0 ||
  wire === undefined ||
  tooLong >= series.pairs / 100;
process.exit(isWrong ? 1 : 0);
