import { setImmediate, setTimeout } from 'node:timers/promises';
import { PortcullisError } from '../../errors.ts';
import type { ModuleDescriptor } from '../descriptor.ts';
import { toSharedBytes } from '../threads/shared-bytes.ts';
import { instantiate, type ModuleExports, PAGE_BYTES, readText } from './abi.ts';
import { BuiltinBridge, type BuiltinHost } from './builtin-bridge.ts';
import { failureOf, ModuleAbort, ranOutOfStack, stackFailure } from './failure.ts';
import { copyPiece, type DataSegment, type HeapImage, IMAGE_CHUNK_BYTES, isGiven } from './heap-image.ts';
import { align, HEADROOM_PAGES, maxPagesOf, memoryFor, newMemory, pagesFor } from './memory-size.ts';
import { Meter } from './metering/meter.ts';
import { readResult } from './result.ts';
import { withoutSurrogateEscapes } from './surrogate-escapes.ts';

/** What an instance asks of its owner. */
export interface InstanceHost extends BuiltinHost {
  /** May not throw. */
  print(message: string): void;
  /**
   * Called now and then while a metered module runs, and before each builtin. Gives the number of checks to the next
   * call, or throws to end the evaluation. Without it, evaluations run to their end.
   */
  tick?(): number;
}

/** Between the pieces of a spare, which nobody waits for: requests come first. */
const SPARE_PAUSE_MS = 2;

/**
 * One instance of a module with its base data loaded: evaluates one input at a time.
 *
 * Memory: `| stack | static data | base data | input | heap of the evaluation … |`. Everything behind the base data
 * is thrown away by the next evaluation, which sets the heap pointer back. Memory grows and never shrinks.
 *
 * After a throw out of the module the instance is `broken` and must not be used again: the module's stack pointer is
 * not restored, and after some hundred throws the stack would be used up. `renewed` and `copied` make new ones.
 */
export class WasmInstance {
  readonly #descriptor: ModuleDescriptor;
  readonly #host: InstanceHost;
  readonly #maxPages: number;
  readonly #memory: WebAssembly.Memory;
  readonly #exports: ModuleExports;
  readonly #meter: Meter;
  readonly #bridge: BuiltinBridge;
  #segment: DataSegment = { start: 0, end: 0, context: 0 };
  /** The whole memory. Its length becomes 0 when the memory grows; read it through `#view`. */
  #bytes: Buffer;
  /** `aborted`: threw or ran out of stack, base data as it was. `lost`: trapped, or its memory was given to another instance. */
  #state: 'sound' | 'aborted' | 'lost' = 'sound';

  private constructor(
    descriptor: ModuleDescriptor,
    host: InstanceHost,
    maxPages: number,
    memory: WebAssembly.Memory,
  ) {
    this.#descriptor = descriptor;
    this.#host = host;
    this.#maxPages = maxPages;
    this.#memory = memory;
    this.#bytes = Buffer.from(memory.buffer);
    const meter = new Meter(host);
    this.#meter = meter;
    const instance = instantiate(descriptor.module, memory, {
      abort: (address) => {
        if (!meter.refuels(address)) throw new ModuleAbort(readText(this.#view(), address));
      },
      println: (address) => host.print(readText(this.#view(), address)),
      callBuiltin: (id, _context, ...operands) => {
        meter.tick();
        return this.#bridge.call(id, operands);
      },
    });
    this.#exports = instance.exports as unknown as ModuleExports;
    this.#bridge = new BuiltinBridge(this.#exports, host, () => this.#view());
    meter.attach(this.#exports);
  }

  /**
   * A new instance with the data parsed into it.
   * @param dataJson valid JSON in UTF-8
   * @param maxBytes what the memory may grow to, base data included
   * @throws PortcullisError `bundle_data_too_large` when the data does not fit, `bundle_data_invalid` when the module cannot read it
   */
  static load(
    descriptor: ModuleDescriptor,
    dataJson: Uint8Array,
    host: InstanceHost,
    maxBytes: number,
  ): WasmInstance {
    const maxPages = maxPagesOf(descriptor, maxBytes);
    const place = `data of bundle "${descriptor.bundle}"`;
    const tooLarge = (cause?: unknown): PortcullisError =>
      new PortcullisError(
        'bundle_data_too_large',
        `${place}: ${dataJson.length} bytes of JSON do not fit into ${maxPages * PAGE_BYTES} bytes of module memory; many small values take some 15 times their JSON text`,
        { cause },
      );
    // The text itself is in the memory while it is read: what cannot fit is not tried.
    if (descriptor.memoryPages.minimum * PAGE_BYTES + dataJson.length > maxPages * PAGE_BYTES)
      throw tooLarge();
    const memory = newMemory(descriptor.memoryPages.minimum + HEADROOM_PAGES, maxPages);
    const instance = new WasmInstance(descriptor, host, maxPages, memory);
    try {
      instance.#loadData(dataJson);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.code === 'evaluation_limit') throw tooLarge(thrown);
      throw new PortcullisError('bundle_data_invalid', `${place}: ${failure.message}`, { cause: thrown });
    }
    return instance;
  }

  /**
   * A new instance with the data of an image, copied piece by piece between other work.
   * @param image made by an instance of the same module
   * @param used a memory that an instance of the same bundle gave up, to be used in place of a new one
   * @throws PortcullisError `bundle_data_too_large` when it does not fit into `maxBytes`, `bundle_data_invalid` when it is of another module
   */
  static async seeded(
    descriptor: ModuleDescriptor,
    image: HeapImage,
    host: InstanceHost,
    maxBytes: number,
    used?: WebAssembly.Memory,
  ): Promise<WasmInstance> {
    const maxPages = maxPagesOf(descriptor, maxBytes);
    const place = `data of bundle "${descriptor.bundle}"`;
    if (image.end > maxPages * PAGE_BYTES) {
      const message = `${place}: ${image.end} bytes do not fit into ${maxPages * PAGE_BYTES} bytes of module memory`;
      throw new PortcullisError('bundle_data_too_large', message);
    }
    const memory = memoryFor(image, maxPages, image.memory ?? used);
    const fresh = new WasmInstance(descriptor, host, maxPages, memory);
    if (fresh.#exports.opa_heap_ptr_get() !== image.start) {
      throw new PortcullisError('bundle_data_invalid', `${place}: its image is of another module`);
    }
    if (image.memory === undefined)
      await fresh.#seed(image, (from, to) => copyPiece(image, from, fresh.#view(), to));
    else fresh.#segment = { start: image.start, end: image.end, context: image.context };
    return fresh;
  }

  /** Whether the module threw or was given up: then only `renewed` may be called. */
  get broken(): boolean {
    return this.#state !== 'sound';
  }

  /** What the memory has grown to. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Evaluates an entrypoint by the module's number for it. Gives the value's JSON text, or undefined.
   * @param inputJson valid JSON in UTF-8, undefined for no input document; not kept
   * @throws PortcullisError `evaluation_failed` or `evaluation_limit`, or what the host's `tick` throws; look at `broken` then
   */
  evaluate(entrypoint: number, inputJson: Uint8Array | undefined): string | undefined {
    const exports = this.#exports;
    const { end, context } = this.#segment;
    // One throw anywhere below leaves the module's stack pointer where it was: see the class comment.
    try {
      this.#bridge.fixedEnd = end;
      let input = 0;
      if (inputJson === undefined) {
        exports.opa_heap_ptr_set(end);
      } else {
        input = this.#parseInput(inputJson, end);
      }
      exports.opa_eval_ctx_set_input(context, input);
      exports.opa_eval_ctx_set_entrypoint(context, entrypoint);
      exports.eval(context);
      const result = exports.opa_json_dump(exports.opa_eval_ctx_get_result(context));
      return this.#read(result);
    } catch (thrown) {
      if (this.#meter.interrupted(thrown)) {
        this.#state = 'aborted';
        throw thrown;
      }
      if (ranOutOfStack(thrown, exports.portcullis_stack?.value)) {
        this.#state = 'aborted';
        throw stackFailure(thrown);
      }
      if (!(thrown instanceof PortcullisError))
        this.#state = thrown instanceof ModuleAbort ? 'aborted' : 'lost';
      throw failureOf(thrown);
    }
  }

  /**
   * A fresh instance over the memory of this one, which is given up; the base data stays where it is. In a tenth of a
   * millisecond, whatever the size of the data. Undefined when the memory is not known to be sound (a trap other than for want of stack), or was given up before.
   */
  renewed(): WasmInstance | undefined {
    if (this.#state === 'lost') return undefined;
    this.#state = 'lost';
    // As if the memory were new: the module's start function and data segments expect zeros.
    this.#view().fill(0, 0, this.#segment.start);
    const fresh = new WasmInstance(this.#descriptor, this.#host, this.#maxPages, this.#memory);
    fresh.#segment = this.#segment;
    return fresh;
  }

  /**
   * A fresh instance with a memory of its own, seeded with this one's base data; copied piece by piece between other work.
   * @param used a memory that an instance of the same bundle gave up, to be used in place of a new one
   */
  async copied(used?: WebAssembly.Memory): Promise<WasmInstance> {
    const segment = this.#segment;
    const memory = memoryFor(segment, this.#maxPages, used);
    const fresh = new WasmInstance(this.#descriptor, this.#host, this.#maxPages, memory);
    // Asked for each piece: a memory that grows moves.
    const copy = (from: number, to: number): void => {
      const bytes = this.#view().subarray(segment.start, segment.end);
      copyPiece({ bytes }, from, fresh.#view(), to);
    };
    await fresh.#seed(segment, copy, SPARE_PAUSE_MS);
    return fresh;
  }

  /**
   * The memory of this instance, for another one with data up to `end`; this one is given up. Undefined when it does not fit, would be far too
   * large, or is given up already.
   */
  give(maxPages: number, end: number): WebAssembly.Memory | undefined {
    const pages = Math.min(pagesFor(end), maxPages);
    const more = pages - this.memoryBytes / PAGE_BYTES;
    if (this.#state === 'lost' || maxPages !== this.#maxPages) return undefined;
    if (!isGiven(end, -more * PAGE_BYTES)) return undefined;
    this.#state = 'lost';
    if (more > 0) this.#memory.grow(more);
    return this.#memory;
  }

  /** The same for a copy of `other`. */
  giveFor(other: WasmInstance): WebAssembly.Memory | undefined {
    return this.give(other.#maxPages, other.#segment.end);
  }

  /**
   * What `seeded` makes other instances of. Evaluations change nothing in it but the context, which the next one sets anew. `given`: what is large is
   * not copied, but given away with the memory: this instance is not to be asked again.
   */
  image(given = false): HeapImage {
    const { start, end, context } = this.#segment;
    const bytes = this.#view().subarray(start, end);
    if (!given || !isGiven(bytes.length, this.memoryBytes - end))
      return { start, end, context, bytes: toSharedBytes(bytes) };
    this.#state = 'lost';
    return { start, end, context, bytes, memory: this.#memory };
  }

  /** Takes base data, piece by piece between other work. `copy` copies the piece that begins so many bytes behind the first to an address. */
  async #seed(
    { start, end, context }: DataSegment,
    copy: (from: number, address: number) => void,
    pauseMs?: number,
  ): Promise<void> {
    for (let address = start; address < end; address += IMAGE_CHUNK_BYTES) {
      if (address > start) await (pauseMs === undefined ? setImmediate() : setTimeout(pauseMs));
      copy(address - start, address);
    }
    this.#segment = { start, end, context };
  }

  #loadData(json: Uint8Array): void {
    const exports = this.#exports;
    const dataJson = withoutSurrogateEscapes(json);
    const start = exports.opa_heap_ptr_get();
    // Drops the free list. The start function of a module with many rules leaves blocks in it that lie before `start`;
    // data placed there would be lost by `renewed` and `copied`.
    exports.opa_heap_ptr_set(start);
    const text = exports.opa_malloc(dataJson.length);
    this.#view().set(dataJson, text);
    const data = exports.opa_json_parse(text, dataJson.length);
    if (data === 0) throw new PortcullisError('bundle_data_invalid', 'the module cannot parse it');
    const context = exports.opa_eval_ctx_new();
    exports.opa_eval_ctx_set_data(context, data);
    this.#segment = { start, end: align(exports.opa_heap_ptr_get()), context };
  }

  /** What cannot be read was written by a module whose memory is in disorder: nothing in it is trusted again. */
  #read(address: number): string | undefined {
    try {
      return readResult(this.#view(), address);
    } catch (thrown) {
      this.#state = 'lost';
      throw thrown;
    }
  }

  /** Writes the input behind the base data, has it parsed behind that, and gives its address. */
  #parseInput(inputJson: Uint8Array, address: number): number {
    const exports = this.#exports;
    const json = withoutSurrogateEscapes(inputJson);
    const end = align(address + json.length);
    if (end >= this.#view().length) this.#growTo(end);
    this.#view().set(json, address);
    exports.opa_heap_ptr_set(end);
    const input = exports.opa_json_parse(address, json.length);
    // The module would go on with an undefined input, which `not` takes for a yes.
    if (input === 0) throw new PortcullisError('evaluation_failed', 'the input is not JSON');
    return input;
  }

  /** Grows the memory by the module's own allocator: it does not learn of `memory.grow`, and would grow once more for itself. */
  #growTo(end: number): void {
    if (end > this.#maxPages * PAGE_BYTES) {
      throw new PortcullisError('evaluation_limit', 'the input does not fit into the memory of the module');
    }
    this.#exports.opa_heap_ptr_set(this.#segment.end);
    this.#exports.opa_malloc(end - this.#segment.end);
  }

  #view(): Buffer {
    if (this.#bytes.length === 0) this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }
}
