import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { UrlError } from './go-url.ts';
import { parseGoUrl } from './go-url-parse.ts';
import { stringOperand } from './operands.ts';
import { utf8Text } from './utf8-text.ts';

/** The parts of a URI as Go's url.Parse finds them (v1/topdown/uri.go). */
export const uriBuiltins: readonly Builtin[] = [
  {
    name: 'uri.parse',
    effects: [],
    call: (_, text) => parsed(stringOperand(text, 1)),
  },
  {
    name: 'uri.is_valid',
    effects: [],
    call: (_, text) => typeof text === 'string' && text !== '' && isValid(text),
  },
];

function isValid(text: string): boolean {
  try {
    parseGoUrl(text);
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

function parsed(text: string): RegoValue {
  try {
    const parts = partsOf(text).filter(([, part]) => part.length > 0);
    return new Map(parts.map(([name, part]) => [name, typeof part === 'string' ? part : utf8Text(part)]));
  } catch (error) {
    if (error instanceof UrlError) {
      throw new BuiltinError(`parse ${JSON.stringify(text)}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Parts that the URI does not have are empty. `raw_path` is the path where writing it anew gives it back. */
function partsOf(text: string): [name: string, part: string | Buffer][] {
  const url = parseGoUrl(text);
  const { hostname, port } = splitHost(url.host.toString('latin1'));
  return [
    ['scheme', url.scheme],
    ['raw_query', url.rawQuery],
    ['hostname', hostname],
    ['port', port],
    ['path', url.path],
    ['raw_path', url.rawPath === '' ? url.path : url.rawPath],
    ['fragment', url.fragment],
  ];
}

function splitHost(host: string): { hostname: Buffer; port: string } {
  const colon = host.lastIndexOf(':');
  const hasPort = colon !== -1 && /^:[0-9]*$/.test(host.slice(colon));
  const name = hasPort ? host.slice(0, colon) : host;
  const hostname = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return { hostname: Buffer.from(hostname, 'latin1'), port: hasPort ? host.slice(colon + 1) : '' };
}
