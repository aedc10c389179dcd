/**
 * Compiles what a server runs until its first decisions, and leaves that beside the program: `dist/compiled`, in the form of Node's compile cache.
 * It holds for the Node and the user that built; others compile anew, and keep that in their state directory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { compiledName, flagsForServing, flagsForStart } from '../src/cli/start-flags.ts';
import { Authorization, CheckRequestSchema } from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';

const DEMO = fileURLToPath(new URL('../examples/demo/', import.meta.url));
const METHOD = `/${Authorization.typeName}/Check`;

/** Starts the demo from `dist`, has it decide, and ends it: it then writes what was compiled. */
export async function recordCompiled(folder: string): Promise<void> {
  flagsForStart();
  const name = compiledName();
  flagsForServing();
  await mkdir(join(folder, 'compiled', name), { recursive: true });
  const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-build-'));
  const settings = [
    `stateDir=${stateDir}`,
    'grpc.transport=wire',
    'grpc.address=127.0.0.1:0',
    'http.address=127.0.0.1:0',
  ].flatMap((setting) => ['--set', setting]);
  const args = [join(folder, 'main.js'), 'serve', '--config', join(DEMO, 'portcullis.yaml'), ...settings];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  try {
    const { host, port } = await listening(server.stderr);
    await decide(`${host}:${port}`);
  } finally {
    server.kill('SIGTERM');
    await ended;
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function listening(log: NodeJS.ReadableStream): Promise<{ host: string; port: number }> {
  const lines: string[] = [];
  for await (const line of createInterface(log)) {
    lines.push(line);
    // A process that fails before it is a server prints plain text.
    if (!line.startsWith('{')) continue;
    const { msg, ready, addresses } = JSON.parse(line) as Record<string, unknown> & {
      addresses: { grpc: { host: string; port: number } };
    };
    if (msg === 'listening' && ready === true) return addresses.grpc;
  }
  throw new Error(`the server does not start:\n${lines.join('\n')}`);
}

async function decide(address: string): Promise<void> {
  const request = fromJson(
    CheckRequestSchema,
    JSON.parse(await readFile(join(DEMO, 'ext-authz-allow.json'), 'utf8')),
  );
  const client = new Client(address, credentials.createInsecure());
  const message = Buffer.from(toBinary(CheckRequestSchema, request));
  const same = (bytes: Buffer): Buffer => bytes;
  try {
    // Anew, and from the cache.
    for (let i = 0; i < 2; i++) {
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(METHOD, same, same, message, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    client.close();
  }
}
