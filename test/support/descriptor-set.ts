import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUF = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));
const PROTOS = fileURLToPath(new URL('../protos', import.meta.url));

/** The FileDescriptorSet of test/protos with all imports, as buf writes it for `extAuthz.descriptorSet`. */
export async function descriptorSet(): Promise<Uint8Array> {
  const { stdout } = await promisify(execFile)(process.execPath, [BUF, 'build', PROTOS, '-o', '-'], {
    encoding: 'buffer',
  });
  return stdout;
}
