// needs: opa, grpcurl, python
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../src/authoring/run-process.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { grpcurl, pythonWithGrpc } from '../support/tools.ts';
import { VersionedBundles } from '../support/versioned-bundles.ts';
import { versionsSite } from '../support/versions-server.ts';

const proto = join(fileURLToPath(import.meta.url), '../../../proto');

let bundles: VersionedBundles;
before(async () => {
  bundles = await VersionedBundles.create();
});

async function server(t: TestContext): Promise<ServerProcess> {
  const site = await versionsSite(t, bundles);
  await site.publish(await bundles.archive(3));
  const started = await startServerProcess(site.configFile);
  t.after(() => started.kill());
  return started;
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(program, args, { timeoutMs: 60_000 });
  assert.equal(exitCode, 0, stderr);
  return stdout.toString();
}

test('grpcurl finds the services by reflection, describes and calls them', async (t) => {
  const program = await grpcurl();
  const address = (await server(t)).addresses.grpc!;
  const services = (await output(program, ['-plaintext', address, 'list'])).trim().split('\n');
  for (const service of ['grpc.health.v1.Health', 'portcullis.v1.DecisionService'])
    assert.ok(services.includes(service));
  const described = await output(program, ['-plaintext', address, 'describe', 'portcullis.v1.Question']);
  assert.match(described, /AccessRequest access = 5;/);

  const question = { policySet: 'versions', struct: { n: 1 } };
  const check = [
    '-plaintext',
    '-d',
    JSON.stringify({ question }),
    address,
    'portcullis.v1.DecisionService/Check',
  ];
  const { decision } = JSON.parse(await output(program, check));
  assert.equal(decision.allowed, true);
  assert.equal(decision.status, 'STATUS_ALLOWED');
  assert.deepEqual(decision.obligations, { data: 3, module: 3 });
  assert.deepEqual(decision.provenance.revisions, { policy: 'v3' });

  const health = await output(program, ['-plaintext', address, 'grpc.health.v1.Health/Check']);
  assert.deepEqual(JSON.parse(health), { status: 'SERVING' });
});

test('Python asks with code generated from proto/, one by one, in a batch and as a stream', async (t) => {
  const python = await pythonWithGrpc();
  const address = (await server(t)).addresses.grpc!;
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-python-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const generate = [
    '-m',
    'grpc_tools.protoc',
    `-I${proto}`,
    `--python_out=${folder}`,
    `--grpc_python_out=${folder}`,
  ];
  await output(python, [...generate, 'portcullis/v1/decision.proto']);
  await writeFile(join(folder, 'client.py'), CLIENT);
  const answers = JSON.parse(await output(python, [join(folder, 'client.py'), address]));
  assert.deepEqual(answers, {
    json: [true, 'STATUS_ALLOWED'],
    struct: [false, 'STATUS_DENIED'],
    access: [false, 'STATUS_DENIED'],
    invalid: [false, 'STATUS_INPUT_INVALID'],
    unknown: [false, 'STATUS_UNKNOWN_ENTRYPOINT'],
    batch: [false, true, false, true],
    value: { allowed: true, module: 3, data: 3 },
    error: 'NOT_FOUND',
    watched: ['v3'],
  });
});

const CLIENT = `
import json, sys
import grpc
from portcullis.v1 import decision_pb2 as pb, decision_pb2_grpc as rpc

stub = rpc.DecisionServiceStub(grpc.insecure_channel(sys.argv[1]))

def question(n):
    return pb.Question(json=json.dumps({"n": n}).encode())

def check(q):
    decision = stub.Check(pb.CheckRequest(question=q), timeout=10).decision
    return [decision.allowed, pb.Status.Name(decision.status)]

struct = pb.Question()
struct.struct.update({"n": 2})
access = pb.Question()
access.access.subject.update({"name": "bob"})
answers = {
    "json": check(question(1)),
    "struct": check(struct),
    "access": check(access),
    "invalid": check(pb.Question(json=b"{")),
    "unknown": check(pb.Question(entrypoint="versions/none")),
}
batch = stub.BatchCheck(pb.BatchCheckRequest(questions=[question(n) for n in range(4)]), timeout=10)
answers["batch"] = [decision.allowed for decision in batch.decisions]
answers["value"] = json.loads(stub.Evaluate(pb.EvaluateRequest(question=question(1)), timeout=10).value_json)
try:
    stub.Evaluate(pb.EvaluateRequest(question=pb.Question(entrypoint="versions/none")), timeout=10)
except grpc.RpcError as error:
    answers["error"] = error.code().name
stream = stub.WatchRevision(pb.WatchRevisionRequest(), timeout=10)
answers["watched"] = [active.revisions["policy"] for active in next(iter(stream)).active]
stream.cancel()
print(json.dumps(answers))
`;
