import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { runProcess } from '../../src/authoring/run-process.ts';

/** Where `@grpc/grpc-js-xds` has the protos of Envoy and of what they import, each folder a root of imports. */
const ROOTS = ['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'];

/** Envoy's own protos of external authorization, compiled by buf from the sources that `@grpc/grpc-js-xds` ships. */
export async function envoyProtos(): Promise<FileRegistry> {
  const folder = fileURLToPath(new URL('deps', import.meta.resolve('@grpc/grpc-js-xds/package.json')));
  const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
  const config = JSON.stringify({ version: 'v2', modules: ROOTS.map((path) => ({ path })) });
  const only = join('envoy-api', 'envoy/service/auth/v3');
  const { exitCode, stdout, stderr } = await runProcess(
    buf,
    ['build', '--config', config, '--path', only, '--output', '-'],
    { cwd: folder },
  );
  if (exitCode !== 0) throw new Error(`buf build: ${stderr}`);
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout));
}
