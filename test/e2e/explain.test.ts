// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { DecisionService, type ExplainResponse, Status } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { cliFolder } from '../support/run-cli.ts';
import { ServerSite } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';
import { until } from '../support/until.ts';
import { clientOf, serve } from '../support/working-server.ts';

const POLICY = `package work

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user == "alice"
	input.secret == "open sesame"
}

# METADATA
# entrypoint: true
endless if {
	input.run
	n := numbers.range(1, 3000)
	n[i] + n[j] + n[k] == -1
}
`;

const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
keys: { test: { file: key.pem } }
policySets:
  work:
    bundles:
      policy: { source: file:bundles/work.tar.gz, verification: { keys: [test] } }
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }], mask: [/input/secret] }
`;

async function served(t: TestContext) {
  const signer = new Signer('test');
  const site = await ServerSite.create(t, CONFIG, { 'key.pem': signer.publicKeyPem });
  await site.publish('bundles/work.tar.gz', await signer.archive(await bundleOf({ 'work.rego': POLICY })));
  const server = await serve(site);
  const client = clientOf(site, server);
  const explain = (entrypoint: string, input: string, timeoutMs?: number): Promise<ExplainResponse> =>
    client.call(
      DecisionService.method.explain,
      { question: { entrypoint, input: { case: 'json', value: Buffer.from(input) } } },
      timeoutMs,
    );
  return { site, explain, address: server.addresses.grpc! };
}

test('a server explains its decisions, masks what its log masks, and records who asked', async (t) => {
  const { site, explain } = await served(t);
  const input = '{"user":"alice","secret":"let me in please"}';
  const { decision, provenance, rules, roots, moduleDiffers, error } = await explain('work/allow', input);
  assert.deepEqual(
    [decision?.allowed, decision?.status, moduleDiffers, error],
    [false, Status.DENIED, false, ''],
  );
  assert.deepEqual(provenance?.digest, decision?.provenance?.digest);
  const rule = rules[roots[0]!]!;
  assert.deepEqual([rule.name, rule.value], ['data.work.allow', 'false']);
  assert.deepEqual(
    rule.clauses.map(({ kind, outcome }) => [kind, outcome]),
    [
      ['rule', 'failed'],
      ['default', 'held'],
    ],
  );
  assert.deepEqual(
    rule.clauses[0]!.expressions.map(({ file, row, text, outcome }) => [file, row, text, outcome]),
    [
      ['work.rego', 8, 'input.user == "alice"', 'held'],
      ['work.rego', 9, 'input.secret == "open sesame"', 'failed'],
    ],
  );
  const failed = rule.clauses[0]!.expressions[1]!.samples[0]!;
  assert.deepEqual(
    failed.values.map(({ value }) => value),
    ['"[masked]"'],
  );
  const log = join(site.folder, 'decisions.jsonl');
  await until(
    () => readFile(log, 'utf8'),
    (text) => text.includes('"api":"explain"'),
  );
  const entry = JSON.parse((await readFile(log, 'utf8')).trim()) as { decision_id: string; path: string };
  assert.deepEqual([entry.decision_id, entry.path], [decision?.decisionId, 'work/allow']);
});

test('an explanation ends with its deadline, and one of what is not there is refused', async (t) => {
  const { explain } = await served(t);
  const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
    asked.then(
      () => undefined,
      (thrown: ServiceError) => thrown.code,
    );
  assert.equal(await codeOf(explain('work/endless', '{"run":true}', 700)), status.DEADLINE_EXCEEDED);
  assert.equal(await codeOf(explain('work/none', '{}')), status.NOT_FOUND);
  assert.equal(await codeOf(explain('work/allow', '{')), status.INVALID_ARGUMENT);
  assert.equal(await codeOf(explain('work/allow', '{}')), undefined);
});

test('explain --address renders what the server answers, as it does of a bundle', async (t) => {
  const { address } = await served(t);
  const { run } = await cliFolder(t);
  const input = ['--input', '{"user":"alice","secret":"let me in please"}'];
  const asked = ['explain', '--address', address, '-e', 'work/allow', ...input];
  const text = await run([...asked, '--no-json']);
  assert.equal(text.code, 1, text.err);
  assert.match(
    text.out,
    /^denied {2}work\/allow = false\n\nwhere it failed\n {2}work\.rego:9 {2}input\.secret == /,
  );
  assert.match(text.out, /"\[masked\]"/);
  const {
    status: answer,
    decisionId,
    rules,
  } = JSON.parse((await run(asked)).out) as {
    status: string;
    decisionId: string;
    rules: { name: string }[];
  };
  assert.deepEqual([answer, rules[0]?.name, decisionId.length > 0], ['denied', 'data.work.allow', true]);
  const wrong = await run([...asked, '--mask', '/input', '--unsigned']);
  assert.deepEqual(
    [wrong.code, /--unsigned, --mask: not with --address/.test(wrong.err)],
    [2, true],
    wrong.err,
  );
});

test('a server that does not permit explanations is told of with what it takes', async (t) => {
  const server = new Server();
  const bytes = (value: Buffer): Buffer => value;
  const path = '/portcullis.v1.DecisionService/Explain';
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  const refusal = { code: status.PERMISSION_DENIED, details: 'client shop may not use explain' };
  server.addService(
    { explain: method },
    { explain: (_call: unknown, respond: (error: object) => void) => respond(refusal) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  t.after(() => server.forceShutdown());
  const { run } = await cliFolder(t);
  const { code, err } = await run(['explain', '--address', `127.0.0.1:${port}`]);
  assert.notEqual(code, 0);
  assert.match(
    err,
    /error \[forbidden\]: client shop may not use explain: .* `explain` among their `methods`/,
  );
});
