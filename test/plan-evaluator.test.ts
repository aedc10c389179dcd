// needs: opa
/** The plan evaluator beside OPA itself and the module of the same sources. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { systemClock } from '../src/clock.ts';
import { PortcullisError } from '../src/errors.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonObject } from '../src/json/value.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { sameJson } from '../src/policy/same-json.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { CONFLICTS, DATA, INPUT, LIBRARY, POLICIES } from './support/plan-policies.ts';
import { policySet } from './support/rego-module.ts';
import { buildPlan, plannedSet } from './support/rego-plan.ts';

const options = { builtins: BUILTINS, clock: systemClock };
const packaged = (prefix: string, bodies: readonly string[]): string[] =>
  bodies.map((body, i) => `package ${prefix}${i}\n${body.replaceAll('PACKAGE', `${prefix}${i}`)}`);
const policies = packaged(
  't',
  POLICIES.map(({ rego }) => rego),
);
const conflicts = packaged('c', CONFLICTS);
const rego = [...policies, ...conflicts, ...LIBRARY];
const entrypoints = [...policies.map((_, i) => `t${i}/answer`), ...conflicts.map((_, i) => `c${i}/answer`)];
const input = JSON.stringify(INPUT);

let folder: string;
let plan: Buffer;
let planned: Evaluator;
let module: Evaluator;
/** By package, what OPA answers. */
let expected: JsonObject;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-opa-'));
  plan = await buildPlan(rego, entrypoints);
  planned = createPlanEvaluator(plannedSet(plan, entrypoints, DATA), options);
  module = await createWasmEvaluator(await policySet({ rego, entrypoints }, new Set(BUILTINS.keys()), DATA), {
    ...options,
    builtins: BUILTINS,
  });
  for (const [i, text] of rego.entries()) await writeFile(join(folder, `${i}.rego`), text);
  await writeFile(join(folder, 'input.json'), input);
  await writeFile(join(folder, 'data.json'), DATA);
  const answers = policies.map((_, i) => `"t${i}": {x | x := data.t${i}.answer}`);
  expected = (await askOpa(`{${answers.join(', ')}}`)) as JsonObject;
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function askOpa(query: string): Promise<unknown> {
  const data = [...rego.keys()].flatMap((i) => ['-d', `${i}.rego`]);
  const args = ['eval', '--format=raw', '-i', 'input.json', '-d', 'data.json', ...data, query];
  const { exitCode, stdout, stderr } = await runOpa(args, { cwd: folder });
  if (exitCode !== 0) throw new Error(`${stderr}${stdout.toString()}`);
  return parseJson(stdout.toString().trim());
}

function ask(evaluator: Evaluator, entrypoint: string): string | undefined {
  const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
  return (evaluator.evaluate(entrypoint, Buffer.from(input), time) as Evaluation).json;
}

for (const [i, { name, unlikeModule }] of POLICIES.entries()) {
  test(`${name}: as OPA answers, to the digit, and the module`, () => {
    const json = ask(planned, `t${i}/answer`);
    const [answer] = expected[`t${i}`] as JsonObject[];
    assert.equal(json, answer === undefined ? undefined : canonicalJson(answer));
    const modules = ask(module, `t${i}/answer`);
    const same =
      json === modules || (modules !== undefined && sameJson(parseJson(json!), parseJson(modules)));
    assert.equal(same, unlikeModule !== true, `the module answers ${modules}`);
  });
}

for (const [i, body] of CONFLICTS.entries()) {
  test(`a conflict, as the module and OPA have it: ${body.split('\n')[0]}`, async () => {
    const failures = [planned, module].map((evaluator) => {
      try {
        return ask(evaluator, `c${i}/answer`);
      } catch (error) {
        assert.ok(error instanceof PortcullisError);
        return `${error.code} ${error.message.replace(/^.*\/policy/, 'policy')}`;
      }
    });
    assert.match(
      failures[0]!,
      /^evaluation_conflict policy\d+\.rego:\d+:\d+: (var assignment|object insert) conflict$/,
    );
    assert.equal(failures[0], failures[1]);
    await assert.rejects(askOpa(`data.c${i}.answer`), /eval_conflict_error/);
  });
}

test('the policies reach every statement that the planner makes', () => {
  const types = new Set(plan.toString('utf8').match(/(?<="type":")\w+Stmt(?=")/g));
  const all =
    'ArrayAppend AssignInt AssignVarOnce AssignVar Block Break CallDynamic Call Dot Equal IsArray IsDefined IsObject ' +
    'IsSet IsUndefined Len MakeArray MakeNull MakeNumberInt MakeNumberRef MakeObject MakeSet NotEqual Not ObjectInsertOnce ' +
    'ObjectInsert ObjectMerge ResetLocal ResultSetAdd ReturnLocal Scan SetAdd With';
  assert.deepEqual(
    [...types].sort(),
    all
      .split(' ')
      .map((name) => `${name}Stmt`)
      .sort(),
  );
});
