/** Paths into a document as people name them. */

/** Keys from the document down; undefined stands for any. */
export type Path = readonly (string | undefined)[];

export type Document = 'input' | 'data';

/** What Envoy sends, by the names that people have for it. The document is that of its CheckRequest. */
const HTTP = ['attributes', 'request', 'http'];
const HEADERS = [...HTTP, 'headers'];
const NAMES: ReadonlyMap<string, string> = new Map([
  ...'method path host scheme query fragment protocol size headers body'
    .split(' ')
    .map((name) => [[...HTTP, name].join('.'), name] as const),
  [[...HTTP, 'rawBody'].join('.'), 'raw body'],
  [[...HTTP, 'id'].join('.'), 'request id'],
  ['attributes.request.time', 'request time'],
  ...['source', 'destination'].flatMap((side) => [
    [`attributes.${side}.principal`, `${side} principal`] as const,
    [`attributes.${side}.address.socketAddress.address`, `${side} address`] as const,
    [`attributes.${side}.address.socketAddress.portValue`, `${side} port`] as const,
  ]),
]);

/** As in Rego: `input.attributes.request.http.headers["x-user"]`; `*` stands for any key. */
export function regoPath(document: Document, path: Path): string {
  return path.reduce<string>((text, key) => {
    if (key === undefined) return `${text}.*`;
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${text}.${key}`;
    return `${text}[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`;
  }, document);
}

/** The name of a header of the request, if that is what the path leads to. */
export function headerName(path: Path): string | undefined {
  const inside = path.length === HEADERS.length + 1 && HEADERS.every((key, index) => path[index] === key);
  return inside ? path.at(-1) : undefined;
}

/** A text or a number whatever is asked, by what Envoy sends. */
export function isPlain(path: Path): boolean {
  const key = path.join('.');
  return headerName(path) !== undefined || (NAMES.has(key) && key !== HEADERS.join('.'));
}

/** Of the input in words: `method`, `header x-user`, `each of subject.roles`, `image of each of spec.containers`. */
export function pathWords(path: Path): string {
  const wildcard = path.lastIndexOf(undefined);
  if (wildcard === -1) return named(path);
  const each = `each of ${pathWords(path.slice(0, wildcard))}`;
  const below = path.slice(wildcard + 1);
  return below.length === 0 ? each : `${dotted(below)} of ${each}`;
}

function named(path: Path): string {
  if (path.length === 0) return 'the input';
  const header = headerName(path);
  return header === undefined ? (NAMES.get(path.join('.')) ?? dotted(path)) : `header ${header}`;
}

/** Without the document. */
function dotted(path: Path): string {
  return regoPath('input', path).replace(/^input\.?/, '');
}
