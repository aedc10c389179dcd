// needs: kubernetes-schemas
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { JsonValue } from '@bufbuild/protobuf';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../src/config/load.ts';
import { DecisionService } from '../src/gen/portcullis/v1/decision_pb.ts';
import { type HealthRoutesParts, healthRoutes } from '../src/services/health-routes.ts';
import { startDemo } from './support/demo-server.ts';
import { GrpcClient } from './support/grpc-client.ts';
import { type Manifest, ManifestChecker } from './support/manifests.ts';

const examples = join(import.meta.dirname, '../examples');
const files = globSync('{istio,envoy-gateway}/*.yaml', { cwd: examples }).sort();
const isMeshConfig = (file: string): boolean => basename(file) === 'mesh-config.yaml';

const read = (file: string): string => readFileSync(join(examples, file), 'utf8');

const manifests = files
  .filter((file) => !isMeshConfig(file))
  .flatMap((file) =>
    [...parseAllDocuments(read(file))].map((document) => {
      assert.deepEqual(document.errors, [], file);
      return { file, manifest: document.toJS() as Manifest };
    }),
  );

let checker: ManifestChecker;
before(async () => {
  checker = await ManifestChecker.create();
});

describe('manifests fit the schemas of their kinds', () => {
  for (const { file, manifest } of manifests)
    test(`${file}: ${manifest.kind} ${manifest.metadata.name}`, () => {
      assert.deepEqual(checker.problems(manifest), []);
    });

  for (const file of files.filter(isMeshConfig))
    test(`${file}: MeshConfig`, () => {
      const { meshConfig, ...rest } = parse(read(file)) as Record<string, JsonValue>;
      assert.deepEqual(rest, {});
      assert.deepEqual(checker.meshConfigProblems(meshConfig!), []);
    });

  test('what is not checked is in README.md', (t) => {
    for (const folder of ['envoy-gateway', 'istio']) {
      const used = manifests.filter(
        ({ file, manifest }) => dirname(file) === folder && checker.hasRules(manifest),
      );
      const kinds = [...new Set(used.map(({ manifest }) => manifest.kind))].sort().join(', ');
      t.diagnostic(`${folder}: rules in CEL not checked: ${kinds}`);
      assert.ok(
        read(`${folder}/README.md`).includes(`(${kinds})`),
        `${folder}/README.md has to name (${kinds})`,
      );
    }
  });
});

describe('a broken manifest is found', () => {
  const broken: readonly [kind: string, what: string, find: string, replace: string, problem: RegExp][] = [
    ['Deployment', 'an unknown field', '"readOnlyRootFilesystem"', '"readOnlyRoot"', /readOnlyRoot"/],
    ['Deployment', 'a wrong type', '"replicas":2', '"replicas":"2"', /^\/spec\/replicas must be integer/],
    ['Service', 'a port without a number', '"port":9191,', '', /'port'/],
    ['SecurityPolicy', 'an unknown field', '"failOpen"', '"failureModeAllow"', /failureModeAllow/],
    ['SecurityPolicy', 'no duration', '"timeout":"250ms"', '"timeout":"soon"', /extAuth\/timeout must match/],
    ['Gateway', 'a missing field', '"gatewayClassName":"portcullis",', '', /gatewayClassName/],
    ['AuthorizationPolicy', 'an action there is not', '"CUSTOM"', '"ASK"', /^\/spec\/action/],
    ['AuthorizationPolicy', 'an unknown field', '"notPorts"', '"exceptPorts"', /exceptPorts/],
    ['Sidecar', 'an unknown field', '"defaultEndpoint"', '"endpoint"', /endpoint/],
  ];
  for (const [kind, what, find, replace, problem] of broken)
    test(`${kind} with ${what}`, () => {
      const text = manifests
        .filter(({ manifest }) => manifest.kind === kind)
        .map(({ manifest }) => JSON.stringify(manifest))
        .find((each) => each.includes(find));
      const problems = checker.problems(JSON.parse(text!.replace(find, replace)) as Manifest);
      assert.match(problems?.join('\n') ?? '', problem);
    });

  test('MeshConfig with an unknown field of a provider', () => {
    const text = JSON.stringify(parse(read('istio/mesh-config.yaml')).meshConfig);
    const meshConfig = JSON.parse(text.replace('"failOpen"', '"failureModeAllow"')) as JsonValue;
    assert.match(checker.meshConfigProblems(meshConfig).join(), /failureModeAllow/);
  });

  test('a kind without a schema', () => {
    const unknown = { apiVersion: 'example/v1', kind: 'Lock', metadata: { name: 'x' } };
    assert.equal(checker.problems(unknown), undefined);
  });
});

describe('what the manifests hold for Portcullis is right', () => {
  const configMaps = manifests.filter(({ manifest }) => manifest.kind === 'ConfigMap');

  for (const { file, manifest } of configMaps)
    test(`${file}: its configuration`, async () => {
      const text = (manifest as unknown as { data: Record<string, string> }).data['portcullis.yaml']!;
      const { config, warnings } = await loadConfig({
        file: '/etc/portcullis/portcullis.yaml',
        environment: {},
        cwd: '/',
        readFile: () => Promise.resolve(text),
      });
      assert.deepEqual(warnings, []);
      assert.ok(config.extAuthz);
    });

  test('every example has one', () => {
    assert.deepEqual(configMaps.map(({ file }) => dirname(file)).sort(), ['envoy-gateway', 'istio']);
  });
});

/** What the schemas leave open. */
describe('the Deployments of Portcullis', () => {
  const deployments = manifests.filter(({ manifest }) => manifest.kind === 'Deployment');

  test("are let in by the demo's own admission policy", async (t) => {
    const address = await startDemo(t);
    const client = new GrpcClient(address);
    t.after(() => client.close());
    const admitted = async (object: Manifest): Promise<readonly string[]> => {
      const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
      const review = { request: { uid: '1', operation: 'CREATE', namespace: 'portcullis', kind, object } };
      const json = Buffer.from(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', ...review }),
      );
      const question = {
        entrypoint: 'kubernetes/admission/decision',
        input: { case: 'json', value: json },
      } as const;
      const { decision } = await client.call(DecisionService.method.check, { question });
      assert.equal(decision!.allowed, decision!.reasons.length === 0);
      return decision!.reasons;
    };
    for (const { file, manifest } of deployments) assert.deepEqual(await admitted(manifest), [], file);
    const careless = JSON.stringify(deployments[0]!.manifest).replace(
      '"runAsNonRoot":true',
      '"runAsNonRoot":false',
    );
    assert.notDeepEqual(await admitted(JSON.parse(careless)), []);
  });

  test('are probed at paths that Portcullis serves', () => {
    const served = new Set(healthRoutes({} as HealthRoutesParts).map(({ path }) => path));
    for (const { file, manifest } of deployments) {
      const probed = [...JSON.stringify(manifest).matchAll(/"httpGet":\{"path":"([^"]*)"/g)].map(
        ([, path]) => path!,
      );
      assert.equal(probed.length, 3, file);
      for (const path of probed) assert.ok(served.has(path), `${file}: ${path}`);
    }
  });

  test('mount what is there, and all that is there', () => {
    for (const { file, manifest } of deployments) {
      const { containers, volumes } = podOf(manifest);
      const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
      assert.deepEqual(mounted.sort(), volumes.map(({ name }) => name).sort(), file);
    }
  });
});

interface Pod {
  readonly containers: readonly { readonly volumeMounts: readonly { readonly name: string }[] }[];
  readonly volumes: readonly { readonly name: string }[];
}

const podOf = (manifest: Manifest): Pod => (manifest.spec as { template: { spec: Pod } }).template.spec;
