import { PortcullisError } from '../errors.ts';

/** What `opa inspect -a -f json` tells. */
interface Inspection {
  readonly namespaces?: Readonly<Record<string, readonly string[]>>;
  readonly annotations?: readonly {
    readonly annotations: {
      readonly entrypoint?: boolean;
      readonly custom?: Readonly<Record<string, unknown>>;
    };
    readonly location?: { readonly file: string; readonly row: number };
    readonly path: readonly { readonly value: string }[];
  }[];
}

export interface InspectedPolicies {
  /** Rule or package paths annotated with `entrypoint: true`, by file and row. */
  readonly entrypoints: readonly string[];
  /** Rule paths whose answers the author promises to be cacheable, with `custom: {portcullis: {cacheable: true}}`. */
  readonly cacheable: readonly string[];
  /** Packages of the rules as data paths, sorted. */
  readonly packages: readonly string[];
}

/** Reads entrypoints, promises and packages out of `opa inspect -a -f json`. Throws PortcullisError `build_failed`. */
export function inspectPolicies(json: Uint8Array): InspectedPolicies {
  const { namespaces = {}, annotations = [] } = JSON.parse(Buffer.from(json).toString('utf8')) as Inspection;
  const annotated = annotations.map(({ annotations: said, path, location }) => ({
    entrypoint: said.entrypoint === true,
    cacheable: promisesCaching(said.custom?.['portcullis'], location),
    path: dataPath(path.map(({ value }) => value)),
    file: location?.file ?? '',
    row: location?.row ?? 0,
  }));
  const marked = annotated
    .filter(({ entrypoint }) => entrypoint)
    .sort((a, b) => (a.file === b.file ? a.row - b.row : a.file < b.file ? -1 : 1));
  const packages = Object.entries(namespaces)
    .filter(([, files]) => files.some((file) => file.endsWith('.rego')))
    .map(([name]) => dataPath(segments(name)));
  return {
    entrypoints: [...new Set(marked.map(({ path }) => path))],
    cacheable: [...new Set(annotated.filter(({ cacheable }) => cacheable).map(({ path }) => path))],
    packages: packages.sort(),
  };
}

/** What is misspelt must not look like a promise that is kept. */
function promisesCaching(said: unknown, location: { file: string; row: number } | undefined): boolean {
  if (said === undefined) return false;
  const { cacheable, ...others } = (said ?? {}) as Record<string, unknown>;
  if (typeof cacheable === 'boolean' && Object.keys(others).length === 0) return cacheable;
  throw new PortcullisError(
    'build_failed',
    `${location?.file}:${location?.row}: custom.portcullis of an annotation may only say \`cacheable: true\` or \`cacheable: false\``,
  );
}

/** Path segments below `data`, with slashes. */
function dataPath(reference: readonly string[]): string {
  return reference.slice(1).join('/');
}

/** The segments of a reference as OPA prints it: `data.shop["en-gb"].texts`. */
function segments(reference: string): string[] {
  return [...reference.matchAll(/\["((?:[^"\\]|\\.)*)"\]|[^.[\]]+/g)].map(([all, quoted]) =>
    quoted === undefined ? all : (JSON.parse(`"${quoted}"`) as string),
  );
}
