import { Buffer } from 'node:buffer';
import type { Extent, InputView } from '../../decision/input-view.ts';
import { PortcullisError } from '../../errors.ts';
import type { MaskedText, MaskTree } from '../../json/mask-tree.ts';
import type { JsonValue } from '../../json/value.ts';
import type { Projection, Projector } from '../../policy/projection/projection.ts';
import { DecodedView } from './decoded-view.ts';
import { pathFacts } from './path/path-facts.ts';
import { type CheckFacts, readCheckRequest } from './request/check-request.ts';
import type { InputOptions } from './request/input-document.ts';
import { BuiltParts } from './scan/built-parts.ts';
import { scanCheck } from './scan/scan-check.ts';
import { findEntry, hasByteInNames, namesOf, valueOf } from './scan/scan-entries.ts';
import { entries, scanned } from './scan/scan-memory.ts';
import { lookAtPath, path } from './scan/scan-path.ts';
import {
  CONTEXT_EXTENSIONS,
  HEADERS,
  HTTP_METHOD,
  HTTP_PATH,
  hasHeaderMapOnly,
  isEmptyMap,
  slotText,
} from './scan/scan-slots.ts';
import { projectScanned, type ScannedMessage, scannedJson } from './scan/scanned-projection.ts';
import { scannedText, textByLayout } from './scan/scanned-text.ts';

/** Text that is a part of a message. */
export class TextPlace {
  readonly #message: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(message: Uint8Array, start: number, end: number) {
    this.#message = message;
    this.#start = start;
    this.#end = end;
  }

  get text(): string {
    const message = this.#message;
    const bytes = Buffer.isBuffer(message)
      ? message
      : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    return bytes.toString('utf8', this.#start, this.#end);
  }
}

/** The name of an entry, as text and in UTF-8. */
export interface NamedEntry {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export const namedEntry = (text: string): NamedEntry => ({ text, bytes: Uint8Array.from(Buffer.from(text)) });

const UNDERSCORE = 0x5f;

/**
 * A CheckRequest as the engine sees it: its bytes, of which the scan says where everything is. What is asked is read there; nothing is
 * built that nobody reads. What the scan does not read, and what it cannot project, is decoded (`DecodedView`), which means the same.
 *
 * The scan is in memory that all views share: a view whose turn comes again later scans again.
 */
export class CheckView implements InputView, ScannedMessage {
  readonly sizeBytes: number;
  /** The bytes that the view holds on to. */
  readonly source: Uint8Array;
  readonly #options: InputOptions;
  /** Whether the scan reads it, as far as it is asked; else it was decoded. */
  readonly isScanned: boolean;
  /** Undefined as long as nobody needs what is decoded. */
  #facts: CheckFacts | undefined = undefined;
  #decoded: DecodedView | undefined = undefined;
  #parts: BuiltParts | undefined = undefined;

  /** Throws what `readCheckRequest` throws. */
  constructor(bytes: Uint8Array, options: InputOptions) {
    this.sizeBytes = bytes.byteLength;
    this.source = bytes;
    this.#options = options;
    this.isScanned = this.#scan();
    if (!this.isScanned) this.#facts = readCheckRequest(bytes, options.limits);
  }

  #scan(): boolean {
    const { maxBytes, maxDepth } = this.#options.limits;
    if (!scanCheck(this.source, maxBytes, maxDepth) || hasHeaderMapOnly()) return false;
    scanned.owner = this;
    return true;
  }

  /** Whether the scan is in memory, brought there again if need be. */
  #inMemory(): boolean {
    return this.isScanned && (scanned.owner === this || this.#scan());
  }

  #factsOf(): CheckFacts {
    return (this.#facts ??= readCheckRequest(this.source, this.#options.limits));
  }

  #decodedView(): DecodedView {
    if (this.#decoded === undefined) {
      const facts = this.#factsOf();
      this.#decoded = new DecodedView(
        facts,
        pathFacts(facts.path, facts.method),
        this.#options,
        this.sizeBytes,
      );
    }
    return this.#decoded;
  }

  project(projector: Projector): Projection {
    if (this.#inMemory()) {
      try {
        const projection = projectScanned(projector, this);
        if (projection !== undefined) return projection;
      } catch (thrown) {
        // Which of several parts is to blame, the decoder says.
        if (!(thrown instanceof PortcullisError)) throw thrown;
      }
    }
    return this.#decodedView().project(projector);
  }

  /** Of what was projected: as far as it goes, it is known to be readable. */
  json(projector: Projector): Uint8Array | undefined {
    const json = this.#inMemory() ? scannedJson(projector, this) : undefined;
    return json ?? this.#decodedView().project(projector).json;
  }

  build(key: string): JsonValue | undefined {
    this.#parts ??= new BuiltParts(this.#options);
    return this.#parts.build(key);
  }

  /** The whole, as far as it can be built. */
  document(): JsonValue {
    return this.#decodedView().document();
  }

  maskedText(mask: MaskTree): MaskedText | undefined {
    if (!this.isScanned) return undefined;
    try {
      const text = textByLayout(this.source, mask, this);
      if (text !== undefined || !this.#inMemory()) return text;
      // What is masked is taken out of the scan.
      scanned.owner = undefined;
      return scannedText(mask, this);
    } catch (thrown) {
      // A part that cannot be built: the document has the others.
      if (!(thrown instanceof PortcullisError)) throw thrown;
      return undefined;
    }
  }

  get extent(): Extent {
    return this.#decoded === undefined ? 'whole' : this.#decoded.extent;
  }

  get hasContextExtensions(): boolean {
    return !this.#inMemory() || !isEmptyMap(CONTEXT_EXTENSIONS);
  }

  /** A context extension, undefined without it. */
  contextExtension(name: NamedEntry): string | undefined {
    if (this.#inMemory()) return valueOf(CONTEXT_EXTENSIONS, name.bytes);
    return this.#factsOf().contextExtensions[name.text];
  }

  /** A header that may be read later, when another scan has taken this one's place; undefined without it. */
  headerPlace(name: NamedEntry): string | TextPlace | undefined {
    if (!this.#inMemory()) return this.#factsOf().headers[name.text];
    const entry = findEntry(HEADERS, name.bytes);
    return entry < 0 ? undefined : new TextPlace(this.source, entries[entry + 3]!, entries[entry + 4]!);
  }

  /** As Envoy sent them. */
  headerNames(): readonly string[] {
    return this.#inMemory() ? namesOf(HEADERS) : Object.keys(this.#factsOf().headers);
  }

  /** Whether one of the headers' names holds a `_`. */
  get hasUnderscoredHeader(): boolean {
    return this.#inMemory()
      ? hasByteInNames(HEADERS, UNDERSCORE)
      : this.headerNames().some((name) => name.includes('_'));
  }

  /** Why servers may read the path differently, see `PathAmbiguity`. */
  ambiguities(): readonly string[] {
    if (!this.#inMemory()) {
      const { path: target, method } = this.#factsOf();
      return pathFacts(target, method).ambiguities;
    }
    lookAtPath();
    return path.isPlain ? NONE : pathFacts(slotText(HTTP_PATH), slotText(HTTP_METHOD)).ambiguities;
  }
}

const NONE: readonly string[] = [];
