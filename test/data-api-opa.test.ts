// needs: opa
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { opaTool } from '../src/authoring/opa-tool.ts';
import { dataApiRoutes } from '../src/services/data-api.ts';
import { askingParts, EchoDecider, httpRequest, LOCAL_CALL } from './support/services.ts';

/**
 * Our Data API beside the real OPA's: the same requests get the same answers, but for the decision id (OPA gives one only
 * while it logs decisions), our `errors` and the wording of messages. Where we differ on purpose, the table says so.
 */

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Row = readonly [method: 'GET' | 'POST', target: string, body?: string];

const EQUAL: readonly Row[] = [
  ['GET', '/v1/data/shop/echo'],
  ['GET', '/v1/data/shop/echo?input=null'],
  ['GET', '/v1/data/shop/echo?input=%7B%22a%22%3A1.0%7D'],
  ['GET', '/v1/data/shop/echo?input=1&input=2'],
  ['GET', '/v1/data/shop/echo?input=%22a+b%22'],
  ['GET', '/v1/data/shop/echo?input='],
  ['GET', '/v1/data/shop/echo?input=%7B'],
  ['GET', '/v1/data/sho%70/echo?input=1'],
  ['POST', '/v1/data/shop/echo', '{"input":{"b":12345678901234567890,"a":[1.0,1e2,"é\\u0000",null]}}'],
  ['POST', '/v1/data/shop/echo', '{"input":false}'],
  ['POST', '/v1/data/shop/echo', '{"input":null}'],
  ['POST', '/v1/data/shop/echo', '{"input":{"a":null},"x":1}'],
  ['POST', '/v1/data/shop/echo', '{}'],
  ['POST', '/v1/data/shop/echo', 'null'],
  ['POST', '/v1/data/shop/echo', ''],
  ['POST', '/v1/data/shop/echo', '[1]'],
  ['POST', '/v1/data/shop/echo', '"x"'],
  ['POST', '/v1/data/shop/echo', '{"input":1'],
  ['POST', '/v1/data/shop/echo?pretty', '{"input":{"a":[1.0,{}]}}'],
  ['POST', '/v1/data/shop/echo?pretty=false&explain=off', '{"input":1}'],
];

/** What OPA answers, what we answer, and why. */
const DIFFERENT: readonly (readonly [row: Row, opa: number, ours: number, why: string])[] = [
  [
    ['POST', '/v1/data/shop/echo', '{"input":{"a":1,"a":2}}'],
    200,
    400,
    'a key given twice is ambiguous evidence',
  ],
  [['POST', '/v1/data/shop/echo', '{"input":1} {"input":2}'], 200, 400, 'so is a second document'],
  [['GET', '/v1/data/shop/echo?input=%22%FF%22'], 200, 400, 'and text that is not UTF-8'],
  [['GET', '/v1/data/shop%2Fecho?input=1'], 200, 400, 'a slash inside a segment names no rule'],
  [['GET', '/v1/data/shop/nothing?input=1'], 200, 404, 'only declared entrypoints can be asked'],
  [['GET', '/v1/data'], 200, 404, 'nor is there a document of everything'],
  [['GET', '/v1/data/shop/echo?explain=full'], 200, 400, 'traces are not offered'],
];

let folder: string;
let opa: ChildProcess | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-data-api-'));
  await writeFile(join(folder, 'shop.rego'), 'package shop\n\necho := input\n');
  const args = [
    'run',
    '--server',
    '--addr',
    `unix://${folder}/opa.sock`,
    '--log-level',
    'error',
    join(folder, 'shop.rego'),
  ];
  opa = spawn(await opaTool(), args, { stdio: 'ignore' });
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await askOpa(['GET', '/health']).then(
        () => true,
        () => false,
      )
    )
      return;
    await setTimeout(50);
  }
  assert.fail('OPA did not start');
});

after(async () => {
  opa?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function askOpa([method, path, body]: Row): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: join(folder, 'opa.sock'), method, path }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    call.on('error', reject).end(body);
  });
}

async function askUs([method, target, body]: Row): Promise<Answer> {
  const decider = new EchoDecider(['shop/echo']);
  const routes = dataApiRoutes({ ...askingParts({ decider }), policySet: 'shop', version: '1.22.2' });
  const rest = target.split('?')[0]!.slice('/v1/data/'.length);
  const path = rest === '' ? '/v1/data' : '/v1/data/*';
  const route = routes.find((route) => route.method === method && route.path === path);
  const response = await route!.handler(httpRequest(target, { method, rest, body: body ?? '' }), LOCAL_CALL);
  return { status: response.status, body: String(response.body) };
}

/** Of an error only its code counts; of an answer every character but the decision id. */
function comparable({ status, body }: Answer): readonly [number, string] {
  if (status !== 200) return [status, (JSON.parse(body) as { code: string }).code];
  return [status, body.replace(/"decision_id": ?"[^"]*",?\s*/, '').trim()];
}

for (const row of EQUAL) {
  test(`like OPA: ${row.join(' ')}`, async () => {
    assert.deepEqual(comparable(await askUs(row)), comparable(await askOpa(row)));
  });
}

for (const [row, theirs, ours, why] of DIFFERENT) {
  test(`unlike OPA: ${row.join(' ')}: ${why}`, async () => {
    const answers = await Promise.all([askOpa(row), askUs(row)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [theirs, ours],
    );
  });
}
