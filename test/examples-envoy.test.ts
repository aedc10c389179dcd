// needs: envoy, openssl, curl
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { type ConsoleStep, consoleSteps } from './support/console-blocks.ts';
import { validate } from './support/envoy.ts';
import { EnvoyExample, EXAMPLE } from './support/envoy-example.ts';
import { until } from './support/until.ts';

const steps = consoleSteps(await readFile(join(EXAMPLE, 'README.md'), 'utf8'));
const isTls = ({ command }: ConsoleStep): boolean => /certs/.test(command);

test('README.md without TLS', async (t) => {
  const files = { portcullis: '../demo/portcullis.yaml', envoy: 'envoy.yaml', tls: false };
  const example = await EnvoyExample.start(t, files);
  for (const { command, printed } of steps.filter((step) => !isTls(step)))
    await t.test(command, async () => {
      if (command.endsWith('# Portcullis stopped')) await example.stopPortcullis();
      if (!command.endsWith('# and started again'))
        return assert.deepEqual(await example.run(command), printed);
      await example.startPortcullis();
      // Envoy's next health check finds it.
      await until(
        () => example.run(command),
        (now) => now[0] === printed[0],
      );
    });

  await t.test('access log and decision log say why, under one id', async () => {
    const denied = await until(
      async () => (await example.log('access.jsonl')).find(({ path }) => path === '/customers/bob/orders'),
      (line) => line !== undefined,
    );
    const { decision, decision_id: id, reasons, details, status } = denied!;
    assert.deepEqual(
      { decision, details, status },
      { decision: 'denied', details: 'ext_authz_denied', status: 403 },
    );
    assert.deepEqual(reasons, ['the orders are those of another customer']);
    const logged = (await example.log('decisions.jsonl')).find(({ decision_id }) => decision_id === id);
    assert.equal(logged?.['path'], 'gateway/authz/decision');
    assert.ok(!JSON.stringify(logged).includes('eyJ'), 'the token is not logged');
  });
});

test('README.md with TLS', async (t) => {
  const files = { portcullis: 'portcullis-mtls.yaml', envoy: 'envoy-mtls.yaml', tls: true };
  const example = await EnvoyExample.start(t, files);
  const tls = steps.filter(isTls);
  assert.equal(tls.length, 5);
  for (const { command, printed } of tls)
    await t.test(command, async () => assert.deepEqual(await example.run(command), printed));
});

test('with two servers nobody notices when one after the other is started anew', async (t) => {
  const files = { portcullis: '../demo/portcullis.yaml', envoy: 'envoy.yaml', tls: false, servers: 2 };
  const example = await EnvoyExample.start(t, files);
  const statuses: number[] = [];
  const enough = new AbortController();
  const ask = async (): Promise<void> => {
    while (!enough.signal.aborted) {
      const response = await fetch(`${example.url('edge')}/products`);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
  };
  const asking = Promise.all(Array.from({ length: 4 }, ask));
  /** Until so many more requests have been answered. */
  const more = async (count: number): Promise<void> => {
    const total = statuses.length + count;
    await until(
      () => statuses.length,
      (now) => now >= total,
    );
  };
  await example.healthy(2);
  await more(100);
  for (const at of [0, 1]) {
    await example.stopPortcullis(at);
    await more(100);
    // What Envoy thinks of a server follows what it is: only then may the next one go.
    await example.healthy(1);
    await example.startPortcullis(at);
    await example.healthy(2);
    await more(100);
  }
  enough.abort();
  await asking;
  const failed = (await example.log('access.jsonl')).filter(({ status }) => status !== 200);
  assert.deepEqual(failed, []);
  assert.deepEqual([...new Set(statuses)], [200]);
});

test('both configurations of Envoy are one but for TLS', async () => {
  const read = async (file: string): Promise<string> => {
    const config = parse(await readFile(join(EXAMPLE, file), 'utf8'));
    const { listeners, clusters } = config.static_resources;
    for (const { filter_chains } of listeners)
      for (const chain of filter_chains) delete chain.transport_socket;
    for (const cluster of clusters) delete cluster.transport_socket;
    // The certificate of the listener says it there.
    delete listeners[1].filter_chains[0].filters[0].typed_config.route_config;
    return JSON.stringify(config);
  };
  assert.equal(await read('envoy-mtls.yaml'), await read('envoy.yaml'));
});

/** What the EnvoyFilters of Istio's example patch into routes. */
interface EnvoyFilter {
  readonly spec: { readonly configPatches: readonly { readonly patch: { readonly value: object } }[] };
}

test("Envoy takes what Istio's example patches in, and would not take a mistake in it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-patches-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const isValid = async (patch: object): Promise<boolean> => {
    const config = parse(await readFile(join(EXAMPLE, 'envoy.yaml'), 'utf8'));
    Object.assign(
      config.static_resources.listeners[0].filter_chains[0].filters[0].typed_config.route_config
        .virtual_hosts[0],
      patch,
    );
    await writeFile(join(folder, 'envoy.json'), JSON.stringify(config));
    return (await validate(join(folder, 'envoy.json'))).valid;
  };
  const documents = [...parseAllDocuments(await readFile(join(EXAMPLE, '../istio/context.yaml'), 'utf8'))];
  const patches = documents.flatMap((document) => (document.toJS() as EnvoyFilter).spec.configPatches);
  assert.equal(patches.length, 3);
  for (const { patch } of patches) assert.ok(await isValid(patch.value));
  const mistaken = JSON.stringify(patches[0]!.patch.value).replace('check_settings', 'checks');
  assert.ok(!(await isValid(JSON.parse(mistaken))));
});
