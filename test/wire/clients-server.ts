/** What clients of other makers are asked to talk to: a few methods, described in a proto file that they can read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runProcess } from '../../src/authoring/run-process.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { type Authority, createAuthority, filesOf } from '../contract/certificates.ts';
import { createTransport } from './subject.ts';

const PROTO = `syntax = "proto3";
package wire.v1;

message Text {
  string text = 1;
  bytes body = 2;
}

service Clients {
  // Answers with what it is asked.
  rpc Echo(Text) returns (Text);
  // The same, a hundred times.
  rpc Repeat(Text) returns (stream Text);
  // Never answers.
  rpc Wait(Text) returns (Text);
  // Fails with as long a text as there can be.
  rpc Refuse(Text) returns (Text);
}
`;

export const REPEATS = 100;

export interface ClientsServer {
  /** `127.0.0.1:port` without TLS, `localhost:port` with it. */
  readonly plain: string;
  readonly secure: string;
  readonly authority: Authority;
  /** Where the proto file lies, as `wire.proto`, and room for more. */
  readonly folder: string;
  /** How many calls of Wait were taken back, by the client or its deadline. */
  abandoned(): number;
}

export async function startForClients(t: TestContext): Promise<ClientsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-clients-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'wire.proto'), PROTO);
  const authority = await createAuthority(folder, 'ca');
  const server = await authority.issue('server', ['DNS:localhost', 'IP:127.0.0.1']);
  let abandoned = 0;
  const methods = clientMethods(() => abandoned++);
  const ports: number[] = [];
  for (const tls of [undefined, filesOf(server)]) {
    const address = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
    const transport = createTransport({ address, ...(tls && { tls }) }, methods);
    t.after(() => transport.drain(0));
    const bound = await transport.listen();
    if (bound.kind === 'tcp') ports.push(bound.port);
  }
  return {
    plain: `127.0.0.1:${ports[0]}`,
    secure: `localhost:${ports[1]}`,
    authority,
    folder,
    abandoned: () => abandoned,
  };
}

/** Runs a client; what it prints, whatever its exit code, which tests look at where it matters. */
export async function runClient(
  program: string,
  args: readonly string[],
  stdin?: string,
): Promise<{ readonly exitCode: number; readonly output: string; readonly errors: string }> {
  const { exitCode, stdout, stderr } = await runProcess(program, args, {
    timeoutMs: 60_000,
    ...(stdin !== undefined && { stdin }),
  });
  return { exitCode, output: stdout.toString(), errors: stderr };
}

function clientMethods(onAbandoned: () => void): readonly RpcMethod[] {
  return [
    { path: '/wire.v1.Clients/Echo', kind: 'unary', handler: (request) => Uint8Array.from(request) },
    {
      path: '/wire.v1.Clients/Repeat',
      kind: 'server-stream',
      handler: async function* (request) {
        const answer = Uint8Array.from(request);
        for (let index = 0; index < REPEATS; index++) yield answer;
      },
    },
    {
      path: '/wire.v1.Clients/Refuse',
      kind: 'unary',
      handler: () => {
        throw new PortcullisError('forbidden', '€'.repeat(10_000));
      },
    },
    {
      path: '/wire.v1.Clients/Wait',
      kind: 'unary',
      handler: (request, call) =>
        new Promise((resolve) => {
          call.signal.addEventListener('abort', () => {
            onAbandoned();
            resolve(request);
          });
        }),
    },
  ];
}
