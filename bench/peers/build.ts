/** The product as it is shipped: `dist`, built anew in a folder of this run. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProduct as build } from '../../scripts/build.ts';
import { run, temporaryFolder } from './processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The path of its `main.js`. Types that do not fit are a remark, not a failure: what was written is measured. */
export async function buildProduct(remark: (text: string) => void): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const out = join(folder, 'dist');
  await build(out);
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json')]).catch((error: Error) =>
    remark(`The tree was built although its types do not fit: ${error.message.split('\n')[0]}`),
  );
  return join(out, 'main.js');
}

/** Which of these settings a configuration may have: servers are measured by what they offer. */
export async function accepts(main: string, settings: string): Promise<boolean> {
  const folder = await temporaryFolder();
  const file = join(folder, 'portcullis.yaml');
  const rest = 'policySets: { shop: { bundles: { policy: { source: "file:x.tar.gz", unsigned: allow } } } }';
  await writeFile(file, `${settings}\n${rest}\n`);
  return run(process.execPath, [main, 'config', 'check', '--config', file]).then(
    () => true,
    () => false,
  );
}
