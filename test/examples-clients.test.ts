// needs: python
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { create, type DescMethodUnary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { runProcess } from '../src/authoring/run-process.ts';
import { environment } from '../src/config/environment.ts';
import { DecisionService, Status } from '../src/gen/portcullis/v1/decision_pb.ts';
import { consoleSteps } from './support/console-blocks.ts';
import { startDemo } from './support/demo-server.ts';
import { pythonWithGrpc } from './support/tools.ts';

const root = join(import.meta.dirname, '..');
const ALLOW = 'examples/demo/allow.json';
/** A busy machine answers late; the clients' own default is for production. */
const PATIENT = ['--timeout-ms', '20000'];

interface Ran {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

type Run = (address: string, files: readonly string[], options?: readonly string[]) => Promise<Ran>;

async function run(program: string, args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const options = { cwd: root, timeoutMs: 60_000, env: { ...environment, ...env } };
  const { exitCode, stdout, stderr } = await runProcess(program, args, options);
  assert.equal(stderr, '');
  return { exitCode, lines: stdout.toString().trim().split('\n') };
}

const asked = (address: string, files: readonly string[], options: readonly string[]): string[] => [
  ...options,
  address,
  'shop/authz/decision',
  ...files,
];

const node: Run = (address, files, options = PATIENT) =>
  run(process.execPath, ['examples/node-client/main.ts', ...asked(address, files, options)], {});

let generated: string;
let python3: string;
before(async () => {
  python3 = await pythonWithGrpc();
  generated = await mkdtemp(join(tmpdir(), 'portcullis-python-client-'));
  const out = [`--python_out=${generated}`, `--grpc_python_out=${generated}`];
  await run(python3, ['-m', 'grpc_tools.protoc', '-Iproto', ...out, 'portcullis/v1/decision.proto'], {});
});
after(() => rm(generated, { recursive: true, force: true }));

const python: Run = (address, files, options = PATIENT) =>
  run(python3, ['examples/python-client/main.py', ...asked(address, files, options)], {
    PYTHONPATH: generated,
    PYTHONDONTWRITEBYTECODE: '1',
  });

/** A server that accepts connections and says nothing. */
async function silent(t: TestContext): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server whose answers are not what they should be. */
async function broken(
  t: TestContext,
  check: MessageInitShape<typeof DecisionService.method.check.output>,
  batch: MessageInitShape<typeof DecisionService.method.batchCheck.output>,
): Promise<string> {
  const server = new Server();
  const offer = <M extends DescMethodUnary>(method: M, message: MessageInitShape<M['output']>): void => {
    const bytes = Buffer.from(toBinary(method.output, create(method.output, message)));
    server.register(
      `/${DecisionService.typeName}/${method.name}`,
      (_: unknown, callback: (error: null, value: Buffer) => void) => callback(null, bytes),
      (value: Buffer) => value,
      (value: Buffer) => value,
      'unary',
    );
  };
  offer(DecisionService.method.check, check);
  offer(DecisionService.method.batchCheck, batch);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  t.after(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

for (const [name, ask] of [
  ['node-client', node],
  ['python-client', python],
] as const)
  describe(name, () => {
    test('asks the demo as README.md says', async (t) => {
      const address = await startDemo(t);
      const [step, ...more] = consoleSteps(await readFile(join(root, `examples/${name}/README.md`), 'utf8'));
      assert.deepEqual(more, []);
      const [, files] = step!.command.split(' 127.0.0.1:9191 shop/authz/decision ');
      const ran = await ask(address, files!.split(' '));
      assert.deepEqual(ran, { exitCode: 1, lines: step!.printed });
      assert.ok(ran.lines.includes(`${ALLOW}: allow`));
      assert.equal((await ask(address, [ALLOW])).exitCode, 0);
    });

    test('nobody there: denied', async () => {
      // Port 1 is nobody's.
      assert.deepEqual(await ask('127.0.0.1:1', [ALLOW]), {
        exitCode: 1,
        lines: [`${ALLOW}: deny UNAVAILABLE`, 'all at once: deny UNAVAILABLE'],
      });
    });

    test('no answer in time: denied', async (t) => {
      assert.deepEqual(await ask(await silent(t), [ALLOW], []), {
        exitCode: 1,
        lines: [`${ALLOW}: deny DEADLINE_EXCEEDED`, 'all at once: deny DEADLINE_EXCEEDED'],
      });
    });

    const contradicting = { allowed: true, status: Status.DENIED };
    const answers: readonly [what: string, check: object, batch: object, status: string][] = [
      ['no decision', {}, {}, 'NO_ANSWER'],
      ['a contradiction', { decision: contradicting }, { decisions: [contradicting] }, 'DENIED'],
      [
        'an unknown status',
        { decision: { allowed: true, status: 99 } },
        { decisions: [{ allowed: true, status: 99 }] },
        'STATUS_99',
      ],
    ];
    for (const [what, check, batch, status] of answers)
      test(`an answer with ${what}: denied`, async (t) => {
        assert.deepEqual(await ask(await broken(t, check, batch), [ALLOW]), {
          exitCode: 1,
          lines: [`${ALLOW}: deny ${status}`, `all at once: deny ${status}`],
        });
      });
  });
