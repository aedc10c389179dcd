import type { JsonPointer } from '../../../json/pointer.ts';
import type { RegoValue } from '../../value.ts';
import { CUT, MASKED } from './excerpt.ts';
import { joinTaints, type Taint, taintAt, taintBelow } from './taint.ts';

/** Shorter texts stand everywhere: only the way that they took through the policy hides them. */
const MIN_LENGTH = 4;
/** Of the parts of a secret. */
const MIN_PART_LENGTH = 8;

/** What must not be shown. */
export interface HiddenPlaces {
  /** Places in the input: neither they nor anything made from them is shown. */
  readonly input: readonly JsonPointer[];
  /** Places in the entrypoint's value. */
  readonly result: readonly JsonPointer[];
}

export const NOTHING_HIDDEN: HiddenPlaces = { input: [], result: [] };

/** Fields that hold credentials wherever they stand in an input: their text is never shown, what was read from it may be. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'password',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
]);

/** Of constraints of tokens and of JSON Web Keys (RFC 7517, RFC 7518 section 6). */
const SECRET_MEMBERS: ReadonlySet<string> = new Set(['secret', 'k', 'd', 'p', 'q', 'dp', 'dq', 'qi']);

/** Builtins whose operands are keys or tokens. */
const TAKES_SECRETS =
  /^(?:io\.jwt\.|crypto\.hmac\.|crypto\.parse_private_keys|crypto\.x509\.parse_(?:keypair|rsa_private_key))/;

export const takesSecrets = (builtin: string): boolean => TAKES_SECRETS.test(builtin);

/** Of a document whose places are hidden. */
export function taintOf(places: readonly JsonPointer[]): Taint {
  return places.reduce<Taint>((taint, place) => joinTaints(taint, taintBelow(place, 'all')), undefined);
}

/** Texts that are hidden wherever they stand: in values that come from elsewhere, in sources, in messages. */
export class SecretTexts {
  readonly #texts = new Set<string>();
  #sorted: readonly string[] | undefined;

  /** What the taint hides of a value. */
  addHidden(value: RegoValue | undefined, taint: Taint): void {
    if (value === undefined || taint === undefined) return;
    if (taint === 'all') return this.addAll(value, true);
    for (const [key, item] of membersOf(value)) this.addHidden(item, taintAt(taint, key));
  }

  /** Credentials by the names of their fields. */
  addCredentials(value: RegoValue | undefined): void {
    for (const [key, item] of membersOf(value)) {
      if (typeof key === 'string' && CREDENTIALS.has(key.toLowerCase())) this.addAll(item, false);
      else this.addCredentials(item);
    }
  }

  /** All texts in a value. */
  addAll(value: RegoValue, decoded: boolean): void {
    if (typeof value === 'string') this.add(value, decoded);
    for (const [, item] of membersOf(value)) this.addAll(item, decoded);
  }

  /** Tokens, keys, and the secret members of keys and constraints, as builtins take them. */
  addOperand(value: RegoValue): void {
    if (typeof value === 'string') return this.add(value, false);
    for (const [key, item] of membersOf(value)) {
      if (typeof key === 'string' && SECRET_MEMBERS.has(key)) this.addAll(item, false);
      else if (typeof item !== 'string') this.addOperand(item);
    }
  }

  /** A text, and what it is made of: `Bearer x`, the parts of a token; with `decoded`, also what those stand for. */
  add(text: string, decoded: boolean): void {
    if (text.length < MIN_LENGTH || this.#texts.has(text)) return;
    this.#sorted = undefined;
    this.#texts.add(text);
    for (const part of text.split(/[\s,;:=.]+/)) {
      if (part.length < MIN_PART_LENGTH) continue;
      this.#texts.add(part);
      const inside = decoded ? decodedText(part) : undefined;
      if (inside !== undefined) this.add(inside, true);
    }
  }

  /** The text without the secrets in it, also where one was cut. */
  scrub(text: string): string {
    let scrubbed = text;
    for (const secret of this.#longestFirst()) {
      if (scrubbed.includes(secret)) scrubbed = scrubbed.replaceAll(secret, MASKED);
    }
    return scrubbed.includes(CUT) ? this.#scrubCut(scrubbed) : scrubbed;
  }

  #scrubCut(text: string): string {
    let scrubbed = text;
    for (let at = scrubbed.indexOf(CUT); at !== -1; at = scrubbed.indexOf(CUT, at + 1)) {
      for (const secret of this.#longestFirst()) {
        const length = overlap(scrubbed.slice(0, at), secret);
        if (length < MIN_LENGTH) continue;
        scrubbed = `${scrubbed.slice(0, at - length)}${MASKED}${scrubbed.slice(at)}`;
        at += MASKED.length - length;
      }
    }
    return scrubbed;
  }

  #longestFirst(): readonly string[] {
    this.#sorted ??= [
      ...new Set([...this.#texts].flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])),
    ].toSorted((a, b) => b.length - a.length);
    return this.#sorted;
  }
}

/** How many characters of the secret's start end the text. */
function overlap(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length >= MIN_LENGTH; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}

/** What base64 of either alphabet stands for, when that is text. */
function decodedText(part: string): string | undefined {
  if (!/^[\w+/-]+$/.test(part)) return undefined;
  const bytes = Buffer.from(part, 'base64');
  const text = bytes.toString('utf8');
  // oxlint-disable-next-line no-control-regex
  return text.includes('\ufffd') || /[\u0000-\u0008]/.test(text) ? undefined : text;
}

function* membersOf(value: RegoValue | undefined): Iterable<readonly [RegoValue, RegoValue]> {
  if (Array.isArray(value)) yield* value.entries();
  else if (value instanceof Map) yield* value;
  else if (value instanceof Set) for (const item of value) yield [item, item];
}
