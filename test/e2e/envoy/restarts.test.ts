// needs: opa, envoy
import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import {
  asking,
  type Block,
  bootstrap,
  cluster,
  listener,
  PDP,
  UPSTREAM,
} from '../../support/envoy-config.ts';
import { LoadClient, repeat } from '../../support/envoy-load.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { ServerSite } from '../../support/server-site.ts';
import { bundleOf, Signer } from '../../support/signed-bundles.ts';
import { until } from '../../support/until.ts';
import { startUpstream } from '../../support/upstream.ts';

const LOOPS = 8;
/** Of each kind of request, between two changes. */
const BETWEEN = 40;

const POLICY = `package gate

# METADATA
# entrypoint: true
open := input.parsed_path[0] == "open"
`;

const CONFIG = `grpc: { address: 127.0.0.1:0 }
http: false
keys: { test: { file: key.pem } }
policySets: { gate: { bundles: { policy: { source: file:gate.tar.gz, verification: { keys: [test] } } } } }
decisionLog: { enabled: false }
extAuthz: {}
`;

const signer = new Signer('test');
let archive: Uint8Array;
before(async () => {
  archive = await signer.archive(await bundleOf({ 'gate.rego': POLICY }));
});

/** One server; it comes back where it was. */
class Instance {
  readonly #site: ServerSite;
  readonly #name: string;
  #server!: ServerProcess;
  port = 0;

  constructor(site: ServerSite, name: string) {
    this.#site = site;
    this.#name = name;
    site.cleanup(() => this.#server.kill());
  }

  async start(): Promise<void> {
    const set = [`stateDir=${this.#site.path(this.#name)}`, `grpc.address=127.0.0.1:${this.port}`];
    this.#server = await startServerProcess(
      this.#site.configFile,
      set.flatMap((each) => ['--set', each]),
    );
    this.port = Number(this.#server.addresses.grpc!.split(':')[1]);
  }

  async end(how: 'stop' | 'kill'): Promise<void> {
    await this.#server[how]();
  }
}

interface Standing {
  readonly instances: readonly Instance[];
  readonly envoy: Envoy;
}

async function stand(t: TestContext, count: number, clusterFields: Block, service: Block): Promise<Standing> {
  const site = await ServerSite.create(t, CONFIG, { 'key.pem': signer.publicKeyPem, 'gate.tar.gz': archive });
  const instances = Array.from({ length: count }, (_, n) => new Instance(site, `state-${n}`));
  await Promise.all(instances.map((instance) => instance.start()));
  const upstream = await startUpstream();
  site.cleanup(() => upstream.stop());
  const [first, ...others] = instances.map(({ port }) => port);
  const clusters = [
    cluster(PDP, first!, { http2: true, others, fields: clusterFields }),
    cluster(UPSTREAM, upstream.port),
  ];
  const authz = { ...asking(PDP, service), status_on_error: { code: 503 } };
  const envoy = await startEnvoy(bootstrap([listener('front', { authz })], clusters));
  site.cleanup(() => envoy.stop());
  return { instances, envoy };
}

/** What requests got while things changed; `passed` counts those answered as the policy says. */
class Load {
  readonly #client: LoadClient;
  readonly #ended: Promise<number>;
  #changing = true;
  passed = 0;
  failed = 0;
  readonly wrong: string[] = [];

  constructor(t: TestContext, port: number) {
    this.#client = new LoadClient(port, LOOPS);
    t.after(() => this.#client.close());
    this.#ended = repeat(LOOPS, (n) => this.#ask(n));
  }

  /** Waits until so many more requests were answered as the policy says. */
  async more(): Promise<void> {
    const goal = this.passed + BETWEEN;
    await until(
      () => this.passed,
      (passed) => passed >= goal,
    );
  }

  async end(): Promise<void> {
    this.#changing = false;
    await this.#ended;
  }

  async #ask(n: number): Promise<boolean> {
    const [path, expected] = n % 2 === 0 ? ['/open', 200] : ['/shut', 403];
    const { status } = await this.#client.get(path);
    if (status === expected) this.passed++;
    else if (status === 503) this.failed++;
    else this.wrong.push(`${path}: ${status}`);
    return this.#changing;
  }
}

test('one server that stops or crashes under load: the door is closed until it is back', async (t) => {
  const { instances, envoy } = await stand(t, 1, {}, {});
  const load = new Load(t, envoy.port('front'));
  for (const how of ['stop', 'kill'] as const) {
    await load.more();
    const failed = load.failed;
    await instances[0]!.end(how);
    await until(
      () => load.failed,
      (count) => count > failed,
    );
    await instances[0]!.start();
  }
  await load.more();
  await load.end();
  assert.deepEqual(load.wrong, []);
});

test('two servers and retries: nobody notices when one stops, and next to nobody when one crashes', async (t) => {
  const retries: Block = {
    retry_policy: {
      retry_on: 'connect-failure,refused-stream,reset',
      num_retries: 5,
      retry_back_off: { base_interval: '0.005s', max_interval: '20s' },
      // Without it each retry may well go to the server that has just failed.
      retry_host_predicate: [
        {
          name: 'envoy.retry_host_predicates.previous_hosts',
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
          },
        },
      ],
      host_selection_retry_max_attempts: 10,
    },
  };
  const { instances, envoy } = await stand(
    t,
    2,
    { circuit_breakers: { thresholds: [{ max_retries: 100 }] } },
    retries,
  );
  const load = new Load(t, envoy.port('front'));
  for (const how of ['stop', 'kill'] as const) {
    for (const instance of instances) {
      await load.more();
      await instance.end(how);
      await load.more();
      await instance.start();
    }
    if (how === 'stop') assert.equal(load.failed, 0);
  }
  await load.more();
  await load.end();
  assert.deepEqual(load.wrong, []);
  // Half an answer cannot be asked for again: at most those are lost that were being sent.
  assert.ok(load.failed <= instances.length * LOOPS, `${load.failed} failed`);
});
