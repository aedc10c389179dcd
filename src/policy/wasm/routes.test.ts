// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policySet } from '../../../test/support/rego-module.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluation } from '../evaluator.ts';
import { createWasmEvaluator } from './evaluator.ts';
import { routesOf } from './routes.ts';

const data = '{"team": "blue"}';
const shop = await policySet({
  rego: 'package shop\nteam := data.team\nonly := input',
  entrypoints: ['shop/team', 'shop/only'],
});
const desk = await policySet({ rego: 'package desk\nteam := upper(data.team)', entrypoints: ['desk/team'] });

function together(entrypoints: readonly string[], ...sets: PolicySetDescriptor[]): PolicySetDescriptor {
  const modules = sets.flatMap((set, index) =>
    set.modules.map((module) => ({ ...module, bundle: `bundle${index}` })),
  );
  return { ...shop, name: 'both', modules, dataJson: Buffer.from(data), entrypoints };
}

test('each entrypoint is answered by the module that offers it, over the same data', async () => {
  const set = together(['shop/team', 'desk/team'], shop, desk);
  const options = { builtins: new Map(), clock: { wallMs: () => 0, monotonicMs: () => 0 } };
  const evaluator = await createWasmEvaluator(set, options);
  const ask = (entrypoint: string): string | undefined =>
    (evaluator.evaluate(entrypoint, undefined, { wallMs: 0, deadlineMs: 1 }) as Evaluation).json;
  assert.equal(ask('shop/team'), '"blue"');
  assert.equal(ask('desk/team'), '"BLUE"');
  assert.throws(() => ask('shop/only'), {
    code: 'unknown_entrypoint',
    message: 'policy set "both" offers no entrypoint "shop/only"',
  });
});

test('a module is opened once, and not at all when none of its entrypoints may be asked', () => {
  const opened: string[] = [];
  const open = ({ bundle }: { bundle: string }): string => (opened.push(bundle), bundle);
  const routes = routesOf(together(['shop/team', 'shop/only'], shop, desk), open);
  assert.deepEqual(opened, ['bundle0']);
  assert.deepEqual(
    [...routes.values()].map(({ target }) => target),
    ['bundle0', 'bundle0'],
  );
});

test('an entrypoint that no module offers keeps the policy set from being made', () => {
  for (const entrypoint of ['shop/none', 'toString', '__proto__']) {
    assert.throws(() => routesOf(together([entrypoint], shop, desk), () => 0), {
      code: 'bundle_entrypoint_unknown',
      message: `policy set "both": no module offers entrypoint "${entrypoint}"`,
    });
  }
});

test('an entrypoint that two modules offer does too', () => {
  assert.throws(() => routesOf(together(['shop/team'], shop, desk, shop), () => 0), {
    code: 'bundle_entrypoint_conflict',
    message: /"shop\/team" is offered by the bundles "bundle0", "bundle2"/,
  });
});
