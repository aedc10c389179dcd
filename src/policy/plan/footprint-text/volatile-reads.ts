/** Parts of inputs that hardly ever come twice: whoever reads them finds few cached answers again. */
import { FULL, type ReadTree } from '../footprint.ts';
import { type Path, pathWords, regoPath } from './path-words.ts';
import { shows } from './read-rows.ts';
import { listed } from './read-words.ts';

/** A read that takes in parts which differ from request to request. */
export interface VolatileRead {
  /** What is read, as in Rego: `input.attributes.request.http.headers`. */
  readonly path: string;
  readonly words: string;
  /** Those parts of it, in words: `header x-request-id`. */
  readonly parts: readonly string[];
  /** Why that is bad for caching. */
  readonly why: string;
}

const EVERY_REQUEST = 'every request has another';
const HEADERS = ['attributes', 'request', 'http', 'headers'];

/** Headers that are made for one request: ids of proxies, trace contexts (W3C, B3, clouds), proofs of possession (RFC 9449). */
const REQUEST_HEADERS =
  'x-request-id x-correlation-id traceparent tracestate b3 x-b3-traceid x-b3-spanid x-b3-parentspanid ' +
  'x-amzn-trace-id x-cloud-trace-context x-datadog-trace-id x-datadog-parent-id x-ot-span-context uber-trace-id ' +
  'sw8 dpop x-request-start x-envoy-original-dst-host';

const VOLATILE: readonly (readonly [path: readonly string[], why: string])[] = [
  [['attributes', 'request', 'http', 'id'], EVERY_REQUEST],
  [['attributes', 'request', 'time'], EVERY_REQUEST],
  [['attributes', 'source', 'address', 'socketAddress', 'portValue'], 'every connection has another'],
  ...REQUEST_HEADERS.split(' ').map((name) => [[...HEADERS, name], EVERY_REQUEST] as const),
  [['request', 'uid'], 'every admission review has another'],
];

/** Others than Kubernetes' AdmissionReview have a `request`, too. */
function isAdmissionReview({ children }: ReadTree): boolean {
  if (children?.has('apiVersion') === true || children?.has('kind') === true) return true;
  const request = children?.get('request')?.children;
  return ['uid', 'object', 'oldObject'].some((key) => request?.has(key) === true);
}

/** Which of them a tree lets through, by the outermost value that does. */
export function volatileReads(tree: ReadTree): VolatileRead[] {
  const found = new Map<string, { through: Path; parts: string[]; why: string }>();
  for (const [path, why] of VOLATILE) {
    if (path[0] === 'request' && !isAdmissionReview(tree)) continue;
    const through = seenThrough(tree, path, []);
    if (through === undefined) continue;
    const known = found.get(regoPath('input', through));
    if (known === undefined) {
      found.set(regoPath('input', through), { through, parts: [pathWords(path)], why });
    } else known.parts.push(pathWords(path));
  }
  return Array.from(found, ([path, { through, parts, why }]) => {
    const itself = parts.length === 1 && parts[0] === pathWords(through);
    const words = itself ? parts[0]! : wholeWords(through);
    return { path, words, parts, why };
  });
}

function wholeWords(path: Path): string {
  const name = pathWords(path);
  return name === 'headers' ? 'all headers' : `all of ${name}`;
}

/** `all headers, and with it header x-request-id and others: every request has another`. */
export function volatileText({ words, parts, why }: VolatileRead): string {
  if (parts.length === 1 && parts[0] === words) return `${words}: ${why}`;
  const shown = parts.slice(0, 2);
  const more = parts.length > 2 ? [...shown, 'others'] : shown;
  return `${words}, and with it ${listed(more)}: ${why}`;
}

/** The outermost value that is read as a whole, or member by member, and so shows what stands at the path. */
function seenThrough(tree: ReadTree, path: readonly string[], at: Path): Path | undefined {
  if ((tree.reads & FULL) !== 0) return at;
  const [key, ...rest] = path;
  if (key === undefined) return shows(tree) ? at : undefined;
  if (tree.each !== undefined && seenThrough(tree.each, rest, at) !== undefined) return at;
  const child = tree.children?.get(key);
  return child === undefined ? undefined : seenThrough(child, rest, [...at, key]);
}
