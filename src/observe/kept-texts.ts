import type { DecisionEvent } from './decision-event.ts';
import { type Result, resultOf } from './decision-log-entry.ts';
import type { LineBuffer } from './line-buffer.ts';
import type { Mask } from './mask.ts';

const utf8 = new TextEncoder();

/** What all entries of one entrypoint have in common, from one activation to the next. */
export interface EntrypointTexts {
  /** `,"bundles":{…},"path":"…"`, in UTF-8 */
  readonly bundles: Uint8Array;
  /** `"custom":{"policy_set":"…"` */
  readonly policySet: string;
  /** `"digest":"…"` */
  readonly digest: string;
}

export function entrypointTexts({
  revisions,
  entrypoint,
  policySet,
  digest,
}: DecisionEvent): EntrypointTexts {
  const bundles = Object.fromEntries(
    Object.entries(revisions).map(([name, revision]) => [name, { revision }]),
  );
  return {
    bundles: utf8.encode(`,"bundles":${JSON.stringify(bundles)},"path":${JSON.stringify(entrypoint)}`),
    policySet: `"custom":{"policy_set":${JSON.stringify(policySet)}`,
    digest: `"digest":${JSON.stringify(digest)}`,
  };
}

/** So many different results are kept, … */
const MAX_RESULTS = 256;
/** … of so many characters together, at most. */
const MAX_CHARACTERS = 256 * 1024;

/**
 * What entries show of results, by their text: policies give few different answers to many questions, and to check and mask
 * one costs more than all the rest of a line. Policies that give each question an answer of its own find nothing here, and
 * all is let go whenever it is full.
 */
export class KeptResults {
  readonly #mask: Mask;
  readonly #results = new Map<string, Result>();

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  of(json: string): Result {
    const known = this.#results.get(json);
    if (known !== undefined) return known;
    const result = resultOf(json, this.#mask);
    const characters = json.length + (result.json?.length ?? 0);
    if (characters > MAX_CHARACTERS / MAX_RESULTS) return result;
    if (this.#results.size === MAX_RESULTS) this.#results.clear();
    this.#results.set(json, result);
    return result;
  }
}

/** The text of a string as JSON, made anew only when it is another one than before. */
export class KeptQuote {
  #of = '';
  #text = '""';

  quoted(text: string): string {
    if (text !== this.#of) {
      this.#text = JSON.stringify(text);
      this.#of = text;
    }
    return this.#text;
  }
}

const MS_OF_SECOND: readonly string[] = Array.from({ length: 1000 }, (_, ms) => String(ms).padStart(3, '0'));

/** Times as RFC 3339 in UTC, as `toISOString` writes them; the second is written anew only when it is another one. */
class KeptTime {
  #second = Number.NaN;
  #text = '';

  /** Throws RangeError for what is no time. */
  text(wallMs: number): string {
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#text = new Date(wallMs).toISOString().slice(0, -'000Z'.length);
      this.#second = second;
    }
    const ms = MS_OF_SECOND[wallMs - second * 1000];
    return ms === undefined ? new Date(wallMs).toISOString() : `${this.#text}${ms}Z`;
  }
}

/** `,"requested_by":"…","timestamp":"…"` of a caller and a moment: calls of one connection arrive together, many in a millisecond. */
export class KeptCaller {
  readonly #requestedBy = new KeptQuote();
  readonly #time = new KeptTime();
  #of: string | undefined;
  #wallMs = Number.NaN;
  #text = '';
  /** In UTF-8, from the second time on. */
  #bytes: Uint8Array | undefined;

  /** The moment in RFC 3339. Throws RangeError for what is none. */
  add(requestedBy: string, wallMs: number, lines: LineBuffer): void {
    if (wallMs === this.#wallMs && requestedBy === this.#of)
      return lines.addBytes((this.#bytes ??= utf8.encode(this.#text)));
    const caller = this.#requestedBy.quoted(requestedBy);
    this.#text = `,"requested_by":${caller},"timestamp":"${this.#time.text(wallMs)}"`;
    this.#bytes = undefined;
    this.#of = requestedBy;
    this.#wallMs = wallMs;
    lines.add(this.#text);
  }
}
