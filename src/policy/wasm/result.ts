import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';

/**
 * Reads the result set that an evaluation leaves in memory as NUL-terminated JSON, and gives the text of its one value.
 * An entrypoint is a rule or package, so the set has at most one element: `[]` or `[{"result":…}]`, without spaces.
 * The three answers of a boolean entrypoint are recognised by their bytes and cost no decoding.
 */
export function readResult(bytes: Buffer, address: number): string | undefined {
  if (matches(bytes, address, PREFIX)) {
    const start = address + PREFIX.length;
    if (matches(bytes, start, TRUE)) return 'true';
    if (matches(bytes, start, FALSE)) return 'false';
    const end = bytes.indexOf(0, start);
    if (end > start + 2 && bytes[end - 1] === CLOSING_BRACKET && bytes[end - 2] === CLOSING_BRACE) {
      return checked(bytes.toString('utf8', start, end - 2));
    }
  }
  if (matches(bytes, address, EMPTY)) return undefined;
  throw new PortcullisError('evaluation_failed', 'the module gave a result set of an unknown shape');
}

/**
 * The module writes numbers as they were written, and takes some that are no JSON: `.5` in a policy, `01`, `5.` and even `e1` in
 * `to_number` and `json.unmarshal`. OPA fails to answer them, and so do we. Such a number is rare and easily suspected, so that
 * only then the text is parsed.
 */
const SUSPICIOUS: RegExp =
  /(?:^|[[,:])(?!-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?:[\],}]|$))[0-9.eE+-]+(?:[\],}]|$)/;

function checked(json: string): string {
  if (!SUSPICIOUS.test(json)) return json;
  try {
    parseJson(json, { maxDepth: Number.POSITIVE_INFINITY });
    return json;
  } catch (cause) {
    throw new PortcullisError('evaluation_failed', 'the value holds a number that JSON cannot write', {
      cause,
    });
  }
}

const PREFIX = Buffer.from('[{"result":');
const TRUE = Buffer.from('true}]\0');
const FALSE = Buffer.from('false}]\0');
const EMPTY = Buffer.from('[]\0');
const CLOSING_BRACE = 0x7d;
const CLOSING_BRACKET = 0x5d;

function matches(bytes: Buffer, address: number, expected: Buffer): boolean {
  for (let at = 0; at < expected.length; at++) {
    if (bytes[address + at] !== expected[at]) return false;
  }
  return true;
}
