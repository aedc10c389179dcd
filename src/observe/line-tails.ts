import type { DecisionEvent } from './decision-event.ts';
import type { Result } from './decision-log-entry.ts';
import { builtinErrorsOf } from './entry-fields.ts';
import { type EntrypointTexts, KeptQuote } from './kept-texts.ts';
import type { Mask } from './mask.ts';

const utf8 = new TextEncoder();

/** What a line ends with beside the event itself. */
export interface TailParts {
  readonly texts: EntrypointTexts;
  readonly result: Result | undefined;
  readonly partial: 'parts' | 'seen' | undefined;
  /** The numbers of masked places that the input has. */
  readonly erased: readonly number[];
}

interface Tail extends TailParts {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly cached: boolean;
  readonly distrusted: boolean;
  readonly api: string;
  readonly client: string | undefined;
  readonly dryRun: boolean;
  readonly bytes: Uint8Array;
}

/** So many are kept, … */
const MAX_TAILS = 16;
/** … of so many bytes each, at most. */
const MAX_BYTES = 4096;

/** What every line ends with. */
export const END = ',"msg":"Decision Log"}\n';

/**
 * The ends of lines, from `custom` on. They say what was decided, and policies decide few different things: most ends are kept from a line before,
 * and copied for a fifth of what it takes to put them together.
 */
export class LineTails {
  readonly #mask: Mask;
  readonly #erasable: readonly string[];
  readonly #api = new KeptQuote();
  readonly #status = new KeptQuote();
  readonly #kept: Tail[] = [];
  /** Which one is replaced next. */
  #oldest = 0;

  constructor(mask: Mask) {
    this.#mask = mask;
    this.#erasable = mask.input.places.map(({ text }) => JSON.stringify(text));
  }

  /** In UTF-8, with the end of the line. */
  of(event: DecisionEvent, parts: TailParts): Uint8Array {
    const isUsual = event.error === undefined && event.builtinErrors.length === 0;
    if (isUsual) for (const tail of this.#kept) if (fits(tail, event, parts)) return tail.bytes;
    const bytes = utf8.encode(this.#text(event, parts));
    if (isUsual && bytes.byteLength <= MAX_BYTES) this.#keep(event, parts, bytes);
    return bytes;
  }

  #keep(event: DecisionEvent, parts: TailParts, bytes: Uint8Array): void {
    const { status, reasons, cached, distrusted, api, client, dryRun } = event;
    const { texts, result, partial, erased } = parts;
    this.#kept[this.#oldest] = {
      texts,
      result,
      partial,
      erased,
      status,
      reasons,
      cached,
      distrusted,
      api,
      client,
      dryRun,
      bytes,
    };
    this.#oldest = (this.#oldest + 1) % MAX_TAILS;
  }

  #text(event: DecisionEvent, { texts, result, partial, erased }: TailParts): string {
    const { error, reasons, client } = event;
    const hidesReasons = this.#mask.hidesReasons && error === undefined && reasons.length > 0;
    let text = `,${texts.policySet},"status":${this.#status.quoted(event.status)}`;
    if (!hidesReasons) text += `,"reasons":${JSON.stringify(reasons)}`;
    text += `,"cached":${event.cached}`;
    if (event.distrusted) text += ',"distrusted":true';
    if (partial !== undefined) text += `,"partial_input":"${partial}"`;
    text += `,${texts.digest},"api":${this.#api.quoted(event.api)}`;
    if (client !== undefined) text += `,"client":${JSON.stringify(client)}`;
    if (event.dryRun) text += ',"dry_run":true';
    text += `,"builtin_errors":${JSON.stringify(builtinErrorsOf(event, this.#mask))}}`;
    const names = this.#erasedNames(erased, hidesReasons, result?.erased);
    if (names !== '') text += `,"erased":[${names}]`;
    if (result?.json !== undefined) text += `,"result":${result.json}`;
    return text + END;
  }

  /** The names of what was masked, as the elements of a list: those in the input by their order in the mask. */
  #erasedNames(inInput: readonly number[], hidesReasons: boolean, inResult: readonly string[] = []): string {
    if (inInput.length === 0 && !hidesReasons && inResult.length === 0) return '';
    const texts = inInput.toSorted((a, b) => a - b).map((place) => this.#erasable[place]!);
    if (hidesReasons) texts.push('"/custom/reasons"');
    for (const text of inResult) texts.push(JSON.stringify(text));
    return texts.join();
  }
}

function fits(tail: Tail, event: DecisionEvent, { texts, result, partial, erased }: TailParts): boolean {
  return (
    tail.result === result &&
    tail.cached === event.cached &&
    tail.texts === texts &&
    tail.partial === partial &&
    tail.status === event.status &&
    tail.distrusted === event.distrusted &&
    tail.api === event.api &&
    tail.client === event.client &&
    tail.dryRun === event.dryRun &&
    (tail.reasons === event.reasons || (tail.reasons.length === 0 && event.reasons.length === 0)) &&
    sameNumbers(tail.erased, erased)
  );
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
