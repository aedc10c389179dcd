import type { DecisionEvent } from './decision-event.ts';
import type { Result } from './decision-log-entry.ts';
import { builtinErrorsOf } from './entry-fields.ts';
import { type EntrypointTexts, KeptQuote } from './kept-texts.ts';
import type { LineBuffer } from './line-buffer.ts';
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

interface Tail extends Omit<TailParts, 'texts'> {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly cached: boolean;
  readonly distrusted: boolean;
  readonly api: string;
  readonly client: string | undefined;
  readonly dryRun: boolean;
  readonly bytes: Uint8Array;
}

/** So many are kept of an entrypoint, … */
const MAX_TAILS = 8;
/** … of so many characters each, at most, … */
const MAX_CHARACTERS = 4096;
/** … and when there are more, every so many lines that none fits one makes room: keeping each would cost more than it saves. */
const MISSES_A_PLACE = 32;

/** What every line ends with. */
export const END = ',"msg":"Decision Log"}\n';

/**
 * The ends of lines, from `custom` on. They say what was decided, and policies decide few different things: most ends are kept from a line before,
 * and copied.
 */
export class LineTails {
  readonly #mask: Mask;
  readonly #erasable: readonly string[];
  readonly #api = new KeptQuote();
  readonly #status = new KeptQuote();
  /** By what the entrypoint's lines have in common. */
  readonly #kept = new WeakMap<EntrypointTexts, Tail[]>();
  #misses = 0;

  constructor(mask: Mask) {
    this.#mask = mask;
    this.#erasable = mask.input.places.map(({ text }) => JSON.stringify(text));
  }

  /** Adds one, with the end of the line. */
  add(event: DecisionEvent, parts: TailParts, lines: LineBuffer): void {
    // What went wrong is another thing each time.
    if (event.error !== undefined || event.builtinErrors.length > 0)
      return lines.add(this.#text(event, parts));
    let tails = this.#kept.get(parts.texts);
    if (tails === undefined) this.#kept.set(parts.texts, (tails = []));
    for (const tail of tails) if (fits(tail, event, parts)) return lines.addBytes(tail.bytes);
    const text = this.#text(event, parts);
    lines.add(text);
    if (text.length <= MAX_CHARACTERS) this.#keep(tails, event, parts, text);
  }

  #keep(tails: Tail[], event: DecisionEvent, parts: TailParts, text: string): void {
    const isFull = tails.length === MAX_TAILS;
    if (isFull && this.#misses++ % MISSES_A_PLACE !== 0) return;
    const { status, reasons, cached, distrusted, api, client, dryRun } = event;
    const { result, partial, erased } = parts;
    tails[isFull ? ((this.#misses / MISSES_A_PLACE) % MAX_TAILS) | 0 : tails.length] = {
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
      bytes: utf8.encode(text),
    };
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

function fits(tail: Tail, event: DecisionEvent, { result, partial, erased }: TailParts): boolean {
  return (
    tail.result === result &&
    tail.cached === event.cached &&
    tail.partial === partial &&
    tail.status === event.status &&
    tail.distrusted === event.distrusted &&
    tail.api === event.api &&
    tail.client === event.client &&
    tail.dryRun === event.dryRun &&
    same(tail.reasons, event.reasons) &&
    same(tail.erased, erased)
  );
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
