import { Buffer } from 'node:buffer';
import type { MaskedText } from '../json/mask-tree.ts';
import { getPointer, maskPointers } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';
import { logEntry } from './decision-log-entry.ts';
import { builtinErrorsOf, callsOf, errorOf } from './entry-fields.ts';
import { type EntrypointTexts, entrypointTexts, KeptQuote, KeptResults, KeptTime } from './kept-texts.ts';
import type { LineBuffer } from './line-buffer.ts';
import { type Mask, shownInput } from './mask.ts';

/** What an entry shows of an input. */
interface ShownInput {
  /** Undefined: nothing. */
  readonly text: Uint8Array | undefined;
  readonly partial: 'parts' | 'seen' | undefined;
  /** The numbers of masked places. */
  readonly erased: readonly number[];
}

/** What every line ends with. */
const END = ',"msg":"Decision Log"}\n';

const NOTHING: MaskedText = { text: undefined, erased: [] };
const NO_INPUT: ShownInput = { ...NOTHING, partial: undefined };

/**
 * Writes events as lines of a log: what `logEntry` gives, between what is the same in every line. Most lines are put together
 * from texts that are kept (of the entrypoint, the result, the caller, the second) and from the input's own text, which costs a
 * fifth of building an object and writing that. What is out of the ordinary is left to `logEntry`: masks beside the input and
 * the result, results that cannot be read, and whatever throws.
 */
export class LineWriter {
  readonly #mask: Mask;
  /** What every line begins with. */
  readonly #start: string;
  readonly #erasable: readonly string[];
  readonly #results: KeptResults;
  readonly #requestedBy = new KeptQuote();
  readonly #api = new KeptQuote();
  readonly #status = new KeptQuote();
  readonly #time = new KeptTime();
  /** By provenance. */
  readonly #entrypoints = new WeakMap<object, EntrypointTexts>();

  /** @param labels of every entry, as OPA's: who this instance is */
  constructor(mask: Mask, labels: Readonly<Record<string, string>>) {
    this.#mask = mask;
    const start = { level: 'info', type: 'openpolicyagent.org/decision_logs', labels };
    this.#start = `${JSON.stringify(start).slice(0, -1)},`;
    this.#erasable = mask.input.places.map(({ text }) => JSON.stringify(text));
    this.#results = new KeptResults(mask);
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
    const { json, evaluationMs, error, batchId, traceId, client } = event;
    if (mask.elsewhere || evaluationMs > 1e9) return false;
    const result = json === undefined ? undefined : this.#results.of(json);
    if (result?.error !== undefined) return false;
    const texts = this.#textsOf(event);
    const input = this.#inputOf(event);
    const calls = event.nonDeterministic && callsOf(event, mask);
    const hidesReasons = mask.hidesReasons && error === undefined && event.reasons.length > 0;

    let text = `${this.#start}"decision_id":${JSON.stringify(event.decisionId)},`;
    if (batchId !== undefined) text += `"batch_decision_id":${JSON.stringify(batchId)},`;
    if (traceId !== undefined) text += `"trace_id":${JSON.stringify(traceId)},`;
    text += texts.bundles;
    if (input.text !== undefined) {
      lines.add(`${text},"input":`);
      lines.addBytes(input.text);
      text = '';
    }
    text += `,"requested_by":${this.#requestedBy.quoted(event.requestedBy)},"timestamp":"${this.#time.text(event.wallMs)}"`;
    text +=
      evaluationMs > 0
        ? `,"metrics":{"timer_rego_query_eval_ns":${Math.round(evaluationMs * 1e6)}}`
        : ',"metrics":{}';
    if (calls !== undefined) text += `,"nd_builtin_cache":${JSON.stringify(calls)}`;
    if (error !== undefined) text += `,"error":${JSON.stringify(errorOf(error, mask))}`;
    text += `,${texts.policySet},"status":${this.#status.quoted(event.status)}`;
    if (!hidesReasons)
      text += event.reasons.length === 0 ? ',"reasons":[]' : `,"reasons":${JSON.stringify(event.reasons)}`;
    text += event.cached ? ',"cached":true,' : ',"cached":false,';
    if (event.distrusted) text += '"distrusted":true,';
    if (input.partial !== undefined) text += `"partial_input":"${input.partial}",`;
    text += `${texts.digest},"api":${this.#api.quoted(event.api)}`;
    if (client !== undefined) text += `,"client":${JSON.stringify(client)}`;
    if (event.dryRun) text += ',"dry_run":true';
    text +=
      event.builtinErrors.length === 0
        ? ',"builtin_errors":[]}'
        : `,"builtin_errors":${JSON.stringify(builtinErrorsOf(event, mask))}}`;
    const erased = this.#erasedOf(input.erased, hidesReasons, result?.erased);
    if (erased !== '') text += `,"erased":[${erased}]`;
    if (result?.json !== undefined) text += `,"result":${result.json}`;
    lines.add(text + END);
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

  /** The names of what was masked, as the elements of a list: those in the input by their order in the mask. */
  #erasedOf(inInput: readonly number[], hidesReasons: boolean, inResult: readonly string[] = []): string {
    if (inInput.length === 0 && !hidesReasons && inResult.length === 0) return '';
    const texts = inInput.toSorted((a, b) => a - b).map((place) => this.#erasable[place]!);
    if (hidesReasons) texts.push('"/custom/reasons"');
    for (const text of inResult) texts.push(JSON.stringify(text));
    return texts.join();
  }
}
