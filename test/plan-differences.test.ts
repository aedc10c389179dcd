// needs: opa
/** Where OPA's planner says otherwise than OPA's interpreter, so that the plan evaluator and the module do: docs/plan-differences.md. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { systemClock } from '../src/clock.ts';
import { PortcullisError } from '../src/errors.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { buildPlan, plannedSet } from './support/rego-plan.ts';

const CONFLICT = 'conflict';
const INVALID = 'refused';

/** JSON, or what stops it. The entrypoint is `data.p.r`. */
const DIFFERENCES: readonly (readonly [rego: string, opa: string, plan: string])[] = [
  ['r := [k | data.q[k]]', '["base","rule"]', '["rule","base"]'],
  ['o[k] := v if { some k in ["a", "b"]; some v in [1, 2]; k != "a" }\no.a := 1\nr := o.a', '1', CONFLICT],
  ['o[k] := {"x": 1} if k := "a"\no[k].x := 1 if k := "a"\nr := o', CONFLICT, '{"a":{"x":1}}'],
  ['f(x) := x\nr := [f(1.0), f(1)]', '[1.0,1.0]', '[1.0,1]'],
  ['r := [e | x := 1; y := 1; some e in {x, y}]', '[1,1]', '[1]'],
  ['r if 1 == 1\nr if count({"x": e | some e in [1, 2]}) == 1', 'true', CONFLICT],
  ['default r := 0\nr := 1 if { count({"x": e | some e in [1, 2]}) == 1; input.x == 2 }', '0', CONFLICT],
  ['r := [x | x := data.lib[_]]', '[1]', INVALID],
];

const LIBRARY = ['package q\nrule := 1', 'package lib\nf(x) := x\none := 1'];
const DATA = '{"q": {"base": 1}}';

for (const [rego, opa, plan] of DIFFERENCES) {
  test(`OPA answers ${opa}, its plan ${plan}: ${rego.replaceAll('\n', '; ')}`, async () => {
    const files = [`package p\n${rego}`, ...LIBRARY];
    assert.equal(await ofOpa(files), opa);
    assert.equal(ofPlan(await buildPlan(files, ['p/r'])), plan);
  });
}

test('the page lists them', async () => {
  const page = await readFile(
    join(dirname(fileURLToPath(import.meta.url)), '../docs/plan-differences.md'),
    'utf8',
  );
  for (const [rego] of DIFFERENCES) {
    for (const line of rego.split('\n')) assert.ok(page.includes(line), line);
  }
});

async function ofOpa(files: readonly string[]): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'portcullis-differences-'));
  try {
    for (const [i, text] of files.entries()) await writeFile(join(cwd, `${i}.rego`), text);
    await writeFile(join(cwd, 'data.json'), DATA);
    const paths = [...files.map((_, i) => `${i}.rego`), 'data.json'].flatMap((path) => ['-d', path]);
    const run = await runOpa(['eval', '--format=raw', ...paths, 'data.p.r'], { cwd });
    const text = run.stdout.toString('utf8').trim();
    if (run.exitCode === 0) return text;
    assert.match(run.stderr + text, /eval_conflict_error/);
    return CONFLICT;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function ofPlan(plan: Buffer): string | undefined {
  try {
    const evaluator = createPlanEvaluator(plannedSet(plan, ['p/r'], DATA), {
      builtins: BUILTINS,
      clock: systemClock,
    });
    const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
    return evaluator.evaluate('p/r', undefined, time).json;
  } catch (error) {
    if (error instanceof PortcullisError && error.code === 'evaluation_conflict') return CONFLICT;
    if (error instanceof PortcullisError && error.code === 'bundle_plan_invalid') return INVALID;
    throw error;
  }
}
