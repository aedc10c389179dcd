import type { RegoObject, RegoValue } from '../value.ts';
import { decodeBase64url } from './base64url.ts';
import { BuiltinError } from './builtin.ts';
import { parseJson } from './json-value.ts';
import { stringOperand } from './operands.ts';

/** The three sections of a JWS in compact serialisation (RFC 7515 section 7.1), still encoded. */
export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** The header parameters (RFC 7515 section 4.1) that verification looks at; a missing one is empty. */
export interface TokenHeader {
  alg: string;
  kid: string;
  typ: string;
  cty: string;
  critical: ReadonlySet<string>;
  readonly unknown: string[];
}

/** Splits a token; decodes nothing yet. */
export function splitToken(value: RegoValue | undefined): Token {
  const text = stringOperand(value, 1);
  if (!text.includes('.')) throw new BuiltinError('encoded JWT had no period separators');
  const sections = text.split('.');
  const [header, payload, signature] = sections;
  if (header === undefined || payload === undefined || signature === undefined || sections.length > 3) {
    throw new BuiltinError(`encoded JWT must have 3 sections, found ${sections.length}`);
  }
  return { header, payload, signature };
}

/** The bytes that the signature covers. */
export function signedBytes(token: Token): Buffer {
  return Buffer.from(`${token.header}.${token.payload}`);
}

/** The decoded header. Encrypted tokens (RFC 7516) are refused. */
export function decodeHeader(token: Token): RegoObject {
  const header = objectOf(decodeSection(token.header, 'header').toString(), 'bad JWT header: ');
  if (header.has('enc')) throw new BuiltinError('JWT is a JWE object, which is not supported');
  return header;
}

/** The decoded payload as text: an object, or another token when the header's `cty` says so. */
export function decodePayload(token: Token): string {
  return decodeSection(token.payload, 'payload').toString();
}

export function decodeSignature(token: Token): Buffer {
  return decodeSection(token.signature, 'signature');
}

/** The claims of a payload. */
export function claimsOf(payload: string): RegoObject {
  return objectOf(payload, '');
}

/** Reads the registered header parameters. Throws where one has the wrong type. */
export function readHeader(decoded: RegoObject): TokenHeader {
  const header: TokenHeader = { alg: '', kid: '', typ: '', cty: '', critical: new Set(), unknown: [] };
  for (const [key, value] of decoded) {
    const name = key as string;
    switch (name) {
      case 'alg':
      case 'kid':
      case 'typ':
      case 'cty':
        header[name] = headerString(name, value);
        break;
      case 'crit':
        header.critical = criticalNames(value);
        break;
      default:
        header.unknown.push(name);
    }
  }
  return header;
}

/** `alg` must be there (RFC 7515 section 4.1.1), and no parameter that we do not know may be critical (4.1.11). */
export function isAcceptable(header: TokenHeader): boolean {
  return header.alg !== '' && !header.unknown.some((name) => header.critical.has(name));
}

export function headerString(name: string, value: RegoValue): string {
  if (typeof value !== 'string') throw new BuiltinError(`${name}: must be a string`);
  return value;
}

function criticalNames(value: RegoValue): ReadonlySet<string> {
  if (!Array.isArray(value)) throw new BuiltinError('crit: must be a list');
  const end = value.findIndex((element) => typeof element !== 'string');
  const names = new Set(value.slice(0, end === -1 ? undefined : end) as string[]);
  if (names.size === 0) throw new BuiltinError('crit: must be a nonempty list');
  return names;
}

function decodeSection(text: string, section: string): Buffer {
  try {
    return decodeBase64url(text);
  } catch (error) {
    throw new BuiltinError(`JWT ${section} had invalid encoding: ${(error as Error).message}`);
  }
}

function objectOf(json: string, prefix: string): RegoObject {
  const value = parseJson(json);
  if (value instanceof Map) return value;
  throw new BuiltinError(`${prefix}decoded JSON type was not an Object`);
}
