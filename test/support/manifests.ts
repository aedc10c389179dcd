/** Checks manifests against the schemas of their kinds. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileRegistry, fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Crd, kubernetesSchemas } from './kubernetes-schemas.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
}

type Schema = Record<string, unknown>;

const KUBERNETES = 'https://kubernetes.example/definitions';

export class ManifestChecker {
  // Patterns are RE2's: `\-` is an error in JavaScript's Unicode mode. Formats (int32, date-time, …) are not checked.
  readonly #ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
    allErrors: true,
    logger: false,
  });
  /** By `apiVersion/kind`, where to find its schema. */
  readonly #kinds: ReadonlyMap<string, string | Schema>;
  readonly #meshConfig: (value: JsonValue) => void;

  private constructor(kubernetes: Schema, crds: readonly Crd[], meshConfig: (value: JsonValue) => void) {
    this.#ajv.addSchema({ $defs: kubernetes['$defs'] }, KUBERNETES);
    this.#kinds = new Map<string, string | Schema>([
      ...kubernetesKinds(kubernetes),
      ...crds.flatMap(crdKinds),
    ]);
    this.#meshConfig = meshConfig;
  }

  static async create(): Promise<ManifestChecker> {
    const folder = await kubernetesSchemas();
    const json = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, name), 'utf8'));
    const set = fromBinary(FileDescriptorSetSchema, await readFile(join(folder, 'mesh-config.binpb')));
    const message = createFileRegistry(set).getMessage('istio.mesh.v1alpha1.MeshConfig')!;
    return new ManifestChecker(
      (await json('kubernetes.json')) as Schema,
      (await json('crds.json')) as Crd[],
      (value) => void fromJson(message, value),
    );
  }

  /** What is wrong with a manifest, each with its place; undefined when there is no schema of its kind. */
  problems(manifest: Manifest): readonly string[] | undefined {
    const validate = this.#validator(`${manifest.apiVersion}/${manifest.kind}`);
    if (validate === undefined) return undefined;
    validate(manifest);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Whether its kind has rules in CEL (`x-kubernetes-validations`), which only an API server checks. */
  hasRules({ apiVersion, kind }: Manifest): boolean {
    return JSON.stringify(this.#kinds.get(`${apiVersion}/${kind}`)).includes('"x-kubernetes-validations"');
  }

  /** The problems of a MeshConfig of Istio, which is no Kubernetes object but a message with names in JSON's manner. */
  meshConfigProblems(meshConfig: JsonValue): readonly string[] {
    try {
      this.#meshConfig(meshConfig);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  #validator(name: string): ValidateFunction | undefined {
    const schema = this.#kinds.get(name);
    if (typeof schema === 'string') return this.#ajv.getSchema(schema);
    if (schema === undefined) return undefined;
    return this.#ajv.getSchema(name) ?? this.#ajv.addSchema(schema, name).getSchema(name);
  }
}

function kubernetesKinds({ $defs }: Schema): [string, string][] {
  return Object.entries($defs as Record<string, Schema>).flatMap(([name, schema]) => {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as Record<string, string>[];
    return kinds.map(({ group, version, kind }): [string, string] => [
      `${group === '' ? version : `${group}/${version}`}/${kind}`,
      `${KUBERNETES}#/$defs/${name}`,
    ]);
  });
}

/** What every object has, whether its schema says so or not. */
const OBJECT: Schema = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { $ref: `${KUBERNETES}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` },
};

function crdKinds({ spec: { group, names, versions } }: Crd): [string, Schema][] {
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema }) => {
      const object = closed(schema.openAPIV3Schema as Schema);
      return [
        `${group}/${name}/${names.kind}`,
        { ...object, properties: { ...(object['properties'] as Schema), ...OBJECT } },
      ];
    });
}

/**
 * A CRD's structural schema as JSON Schema that refuses unknown fields, as a server does with `fieldValidation=Strict`.
 * `anyOf` and the like only add conditions to the structure beside them, so that they stay open. Rules in CEL
 * (`x-kubernetes-validations`) are not checked.
 */
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema as {
    properties?: Record<string, Schema>;
    items?: Schema;
    additionalProperties?: Schema | boolean;
  };
  const out: Schema = { ...schema };
  if (schema['x-kubernetes-int-or-string'] === true) delete out['type'];
  if (schema['nullable'] === true && typeof schema['type'] === 'string')
    out['type'] = [schema['type'], 'null'];
  if (items !== undefined) out['items'] = closed(items);
  if (typeof additionalProperties === 'object') out['additionalProperties'] = closed(additionalProperties);
  if (properties === undefined) return out;
  out['properties'] = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, closed(each)]),
  );
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties !== undefined;
  if (!open) out['additionalProperties'] = false;
  return out;
}
