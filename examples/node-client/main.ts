/**
 * Asks Portcullis about input documents, first about each by itself and then about all at once. The exit code is 1 when one of
 * them is denied.
 *
 *     npx node examples/node-client/main.ts 127.0.0.1:9191 shop/authz/decision examples/demo/allow.json
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Answer, PortcullisClient } from './portcullis-client.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'timeout-ms': { type: 'string', default: '250' } },
});
const [address, entrypoint, ...files] = positionals;
if (address === undefined || entrypoint === undefined || files.length === 0) {
  console.error('usage: main.ts [--timeout-ms N] <address> <entrypoint> <input.json>…');
  process.exit(2);
}

const inputs = await Promise.all(
  files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown),
);
const client = new PortcullisClient({ address, entrypoint, timeoutMs: Number(values['timeout-ms']) });

const say = ({ allowed, status, reasons }: Answer): string =>
  allowed ? 'allow' : `deny ${[status, ...reasons].join(': ')}`;

for (const [at, input] of inputs.entries()) console.log(`${files[at]}: ${say(await client.check(input))}`);
const answers = await client.checkAll(inputs);
console.log(`all at once: ${answers.map(say).join(', ')}`);

client.close();
process.exitCode = answers.every(({ allowed }) => allowed) ? 0 : 1;
