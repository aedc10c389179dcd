import { Buffer } from 'node:buffer';
import type { MaskedText } from '../json/mask-tree.ts';
import { getPointer, maskPointers } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';
import { logEntry } from './decision-log-entry.ts';
import { callsOf, errorOf } from './entry-fields.ts';
import { type EntrypointTexts, entrypointTexts, KeptCaller, KeptResults } from './kept-texts.ts';
import type { LineBuffer } from './line-buffer.ts';
import { END, LineTails } from './line-tails.ts';
import { type Mask, shownInput } from './mask.ts';

/** What an entry shows of an input. */
interface ShownInput {
  /** Undefined: nothing. */
  readonly text: Uint8Array | undefined;
  readonly partial: 'parts' | 'seen' | undefined;
  /** The numbers of masked places. */
  readonly erased: readonly number[];
}

const BATCH = Buffer.from(',"batch_decision_id":');
const TRACE = Buffer.from(',"trace_id":');
const INPUT = Buffer.from(',"input":');
const NO_METRICS = Buffer.from(',"metrics":{}');

const NOTHING: MaskedText = { text: undefined, erased: [] };
const NO_INPUT: ShownInput = { ...NOTHING, partial: undefined };

/**
 * Writes events as lines of a log: what `logEntry` gives, between what is the same in every line. Most lines are put together
 * from bytes that are kept (of the entrypoint, of the caller and the moment, of what was decided) and from the input's own, which costs a
 * fifth of building an object and writing that. What is out of the ordinary is left to `logEntry`: masks beside the input and
 * the result, results that cannot be read, and whatever throws.
 */
export class LineWriter {
  readonly #mask: Mask;
  /** What every line begins with, … */
  readonly #start: string;
  /** … and what each that is put together does, in UTF-8. */
  readonly #head: Uint8Array;
  readonly #results: KeptResults;
  readonly #tails: LineTails;
  readonly #caller = new KeptCaller();
  /** By provenance. */
  readonly #entrypoints = new WeakMap<object, EntrypointTexts>();

  /** @param labels of every entry, as OPA's: who this instance is */
  constructor(mask: Mask, labels: Readonly<Record<string, string>>) {
    this.#mask = mask;
    const start = { level: 'info', type: 'openpolicyagent.org/decision_logs', labels };
    this.#start = `${JSON.stringify(start).slice(0, -1)},`;
    this.#head = Buffer.from(`${this.#start}"decision_id":`);
    this.#results = new KeptResults(mask);
    this.#tails = new LineTails(mask);
  }

  /**
   * Adds a line, with its end, to others; false: something could not be built, and is left out. Throws for what nothing can be written of (a
   * time that is none, a line longer than a buffer may be), and then adds nothing.
   */
  write(event: DecisionEvent, lines: LineBuffer): boolean {
    const start = lines.length;
    try {
      if (this.#ordinary(event, lines)) return true;
    } catch {
      // Found again, and told, by what follows.
    }
    lines.cut(start);
    const entry = logEntry(event, this.#mask);
    lines.add(`${this.#start}${entry.text.slice(1, -1)}${END}`);
    return entry.complete;
  }

  /** The fields of an entry, in the order of `fieldsOf`; false when it is not ordinary. */
  #ordinary(event: DecisionEvent, lines: LineBuffer): boolean {
    const mask = this.#mask;
    const { json, evaluationMs, error, batchId, traceId } = event;
    if (mask.elsewhere || evaluationMs > 1e9) return false;
    const result = json === undefined ? undefined : this.#results.of(json);
    if (result?.error !== undefined) return false;
    const texts = this.#textsOf(event);
    const { text, partial, erased } = this.#inputOf(event);
    const calls = event.nonDeterministic && callsOf(event, mask);

    lines.addBytes(this.#head);
    lines.addQuoted(event.decisionId);
    if (batchId !== undefined) {
      lines.addBytes(BATCH);
      lines.addQuoted(batchId);
    }
    if (traceId !== undefined) {
      lines.addBytes(TRACE);
      lines.addQuoted(traceId);
    }
    lines.addBytes(texts.bundles);
    if (text !== undefined) {
      lines.addBytes(INPUT);
      lines.addBytes(text);
    }
    this.#caller.add(event.requestedBy, event.wallMs, lines);
    if (evaluationMs > 0)
      lines.add(`,"metrics":{"timer_rego_query_eval_ns":${Math.round(evaluationMs * 1e6)}}`);
    else lines.addBytes(NO_METRICS);
    if (calls !== undefined) lines.add(`,"nd_builtin_cache":${JSON.stringify(calls)}`);
    if (error !== undefined) lines.add(`,"error":${JSON.stringify(errorOf(error, mask))}`);
    this.#tails.add(event, { texts, result, partial, erased }, lines);
    return true;
  }

  #textsOf(event: DecisionEvent): EntrypointTexts {
    const { provenance } = event;
    if (provenance === undefined || event.digest === '') return entrypointTexts(event);
    let texts = this.#entrypoints.get(provenance);
    if (texts === undefined) this.#entrypoints.set(provenance, (texts = entrypointTexts(event)));
    return texts;
  }

  /** An input that could not be built is left out; the error says why. */
  #inputOf(event: DecisionEvent): ShownInput {
    const source = shownInput(event, this.#mask);
    let masked: MaskedText | undefined;
    let value: JsonValue | undefined;
    try {
      masked = source.maskedText?.(this.#mask.input.tree);
      if (masked === undefined) value = source.document();
    } catch {
      return NO_INPUT;
    }
    const { extent } = source;
    const partial = extent === 'whole' ? undefined : extent;
    if (masked === undefined) {
      masked = value === undefined ? NOTHING : this.#maskedValue(value);
    }
    return { text: masked.text, erased: masked.erased, partial };
  }

  #maskedValue(input: JsonValue): MaskedText {
    const { places } = this.#mask.input;
    const wrapped = { input };
    const erased = places.flatMap(({ pointer }, i) =>
      getPointer(wrapped, pointer) === undefined ? [] : [i],
    );
    const pointers = erased.map((i) => places[i]!.pointer);
    const kept = maskPointers(wrapped, pointers, undefined) as { readonly input?: JsonValue };
    const text = JSON.stringify(kept.input);
    return { text: text === undefined ? undefined : Buffer.from(text), erased };
  }
}
