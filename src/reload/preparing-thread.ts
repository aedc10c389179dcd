// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { extname } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { PortcullisError } from '../errors.ts';
import { Pauses } from '../policy/pauses.ts';
import { toSharedBytesInSlices } from '../policy/threads/shared-bytes.ts';
import type { PolicySetRules } from './combine.ts';
import type {
  NumberedArchive,
  PreparingAnswer,
  PreparingData,
  PreparingJob,
} from './preparation-protocol.ts';
import type { BundleFacts, Preparation, Preparer, RuledArchive } from './preparer.ts';
import type { Turns } from './turns.ts';

export interface PreparingThreadOptions extends PreparingData {
  readonly policySet: string;
  /** How many policy sets are prepared at once. */
  readonly turns: Turns;
  /** Less time and less memory than usual, and another file, for tests. */
  readonly deadlineMs?: number;
  readonly maxHeapBytes?: number;
  readonly file?: URL;
}

/** Some hundred times what a large policy set needs. */
const DEADLINE_MS = 300_000;
/** A reload is often followed by the next one: of the other bundle, or because the last was refused. */
const IDLE_MS = 1_000;
/** What a thread holds that has prepared so much is worth more than the start of the next one. */
const LARGE_DATA_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;

// The thread's file ends as this one does: .ts from the sources, .js once they are built.
const WORKER_FILE = new URL(`./preparing-worker${extname(import.meta.url)}`, import.meta.url);

interface Pending {
  readonly resolve: (result: BundleFacts | Preparation) => void;
  readonly reject: (error: PortcullisError) => void;
}

/**
 * Prepares policy sets in a thread that is started for that, and ended when it had nothing to do for a second: while it works, requests are
 * answered as always. A thread that crashes, takes too long or uses up its memory is an activation that failed.
 * One job at a time.
 */
export class PreparingThread implements Preparer {
  readonly #options: PreparingThreadOptions;
  readonly #numbers = new WeakMap<Uint8Array, number>();
  #lastNumber = 0;
  #worker: Worker | undefined;
  #pending: Pending | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PreparingThreadOptions) {
    this.#options = options;
  }

  async open(bundle: RuledArchive, minSequence: number | undefined): Promise<BundleFacts> {
    const numbered = await this.#numbered(bundle);
    return (await this.#run({ kind: 'open', bundle: numbered, minSequence })) as BundleFacts;
  }

  async prepare(
    rules: PolicySetRules,
    bundles: readonly RuledArchive[],
    activatedAtMs: number,
    provedBefore?: string,
  ): Promise<Preparation> {
    const numbered: NumberedArchive[] = [];
    for (const bundle of bundles) numbered.push(await this.#numbered(bundle));
    return (await this.#run({
      kind: 'prepare',
      rules,
      bundles: numbered,
      activatedAtMs,
      provedBefore,
    })) as Preparation;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end(new PortcullisError('cancelled', 'the server stops'));
  }

  async #numbered({ archive, rules }: RuledArchive): Promise<NumberedArchive> {
    const number = this.#numbers.get(archive) ?? ++this.#lastNumber;
    this.#numbers.set(archive, number);
    return { number, archive: await toSharedBytesInSlices(archive, new Pauses(1)), rules };
  }

  #run(job: PreparingJob): Promise<BundleFacts | Preparation> {
    const { deadlineMs = DEADLINE_MS, turns } = this.#options;
    return turns.take(async () => {
      if (this.#closed) throw new PortcullisError('cancelled', 'the server stops');
      clearTimeout(this.#idle);
      const worker = (this.#worker ??= this.#start());
      worker.ref();
      const timer = setTimeout(() => {
        void this.#end(lost(`it was not done within ${deadlineMs / 1000} seconds`));
      }, deadlineMs);
      let idleMs = IDLE_MS;
      try {
        const result = await new Promise<BundleFacts | Preparation>((resolve, reject) => {
          this.#pending = { resolve, reject };
          worker.postMessage(job);
        });
        if (isLarge(result)) idleMs = 0;
        return result;
      } finally {
        clearTimeout(timer);
        this.#pending = undefined;
        worker.unref();
        this.#idle = setTimeout(() => void this.#end(lost('it is not needed')), idleMs).unref();
      }
    });
  }

  #start(): Worker {
    const { policySet, knownBuiltins, limits, maxGeneratedInputs, oneDataPlane, maxHeapBytes, file } =
      this.#options;
    const data: PreparingData = { knownBuiltins, limits, maxGeneratedInputs, oneDataPlane };
    // As much as the whole process may have, so that nothing is refused that fits; what does not fit ends the thread alone.
    const heapBytes = maxHeapBytes ?? getHeapStatistics().heap_size_limit;
    const worker = new Worker(file ?? WORKER_FILE, {
      workerData: data,
      env: {},
      name: `prepare ${policySet}`,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / MIB) },
    });
    worker.on('message', (answer: PreparingAnswer) => {
      if (worker === this.#worker) this.#settle(answer);
    });
    worker.on('error', (error: Error) => {
      if (worker === this.#worker) void this.#end(lost(error.message, error));
    });
    worker.on('exit', (code) => {
      if (worker === this.#worker) void this.#end(lost(`it ended with exit code ${code}`));
    });
    return worker;
  }

  #settle(answer: PreparingAnswer): void {
    if (answer.kind === 'done') this.#pending?.resolve(answer.result);
    else {
      const { cause, code, message } = answer;
      const options = cause === undefined ? {} : { cause: new Error(cause) };
      this.#pending?.reject(new PortcullisError(code, message, options));
    }
  }

  async #end(error: PortcullisError): Promise<void> {
    const worker = this.#worker;
    clearTimeout(this.#idle);
    this.#worker = undefined;
    this.#pending?.reject(error);
    await worker?.terminate();
  }
}

const isLarge = (result: BundleFacts | Preparation): boolean =>
  'prepared' in result && result.prepared.descriptor.dataJson.length > LARGE_DATA_BYTES;

const lost = (why: string, cause?: Error): PortcullisError =>
  new PortcullisError(
    'bundle_preparation_failed',
    `the thread that prepares the policy set was lost: ${why}`,
    cause && { cause },
  );
