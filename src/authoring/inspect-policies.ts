/** What `opa inspect -a -f json` tells. */
interface Inspection {
  readonly namespaces?: Readonly<Record<string, readonly string[]>>;
  readonly annotations?: readonly {
    readonly annotations: { readonly entrypoint?: boolean };
    readonly location?: { readonly file: string; readonly row: number };
    readonly path: readonly { readonly value: string }[];
  }[];
}

export interface InspectedPolicies {
  /** Rule or package paths annotated with `entrypoint: true`, by file and row. */
  readonly entrypoints: readonly string[];
  /** Packages of the rules as data paths, sorted. */
  readonly packages: readonly string[];
}

/** Reads entrypoints and packages out of `opa inspect -a -f json`. */
export function inspectPolicies(json: Uint8Array): InspectedPolicies {
  const { namespaces = {}, annotations = [] } = JSON.parse(Buffer.from(json).toString('utf8')) as Inspection;
  const marked = annotations
    .filter(({ annotations }) => annotations.entrypoint === true)
    .map(({ path, location }) => ({
      path: dataPath(path.map(({ value }) => value)),
      file: location?.file ?? '',
      row: location?.row ?? 0,
    }))
    .sort((a, b) => (a.file === b.file ? a.row - b.row : a.file < b.file ? -1 : 1));
  const packages = Object.entries(namespaces)
    .filter(([, files]) => files.some((file) => file.endsWith('.rego')))
    .map(([name]) => dataPath(segments(name)));
  return { entrypoints: [...new Set(marked.map(({ path }) => path))], packages: packages.sort() };
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
