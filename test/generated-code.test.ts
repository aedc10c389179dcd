// needs: opa
/** Nothing on the way of a decision is code made at run time: not the projectors, and not what else a server runs. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { DecisionService } from '../src/gen/portcullis/v1/decision_pb.ts';
import { CONFIG, clientOf, question, serve, siteOf } from './support/working-server.ts';

const FLAG = '--disallow-code-generation-from-strings';

// Inherited by the processes that the tests below start.
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} ${FLAG}`;

const run = (script: string): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });

test('Node holds to the flag', () => {
  assert.match(run(`new Function('return 1')`).stderr, /EvalError: Code generation from strings disallowed/);
});

test('projectors need no code from strings', () => {
  const { stdout, stderr } = run(`
    import { compileProjector } from '../src/policy/projection/projector.ts';
    import { parseJson } from '../src/json/parse.ts';
    const tree = { reads: 0, children: new Map([['a', { reads: 8 }]]), each: { reads: 1 } };
    console.log(compileProjector(tree).project(parseJson('{"a":1.0,"b":"x","c":[1]}')).key);
  `);
  assert.equal(stdout, 'j{"a":1.0,"b":"","c":[]}\n', stderr);
});

test('a server without an HTTP listener, whose router makes code, answers with the flag', async (t) => {
  const site = await siteOf(t, CONFIG.replace(/^http: .*$/m, 'http: false'));
  const client = clientOf(site, await serve(site));
  const { decision } = await client.call(DecisionService.method.check, { question: question(1) });
  assert.equal(decision?.allowed, true);
});
