// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
/** The file that preparing threads start with: one job after the other until the thread is ended. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { toPortcullisError } from '../errors.ts';
import { inPieces } from '../policy/wasm/heap-image.ts';
import { lowerPreparingPriority } from '../thread-priority.ts';
import { InlinePreparer } from './inline-preparer.ts';
import type {
  NumberedArchive,
  PreparingAnswer,
  PreparingData,
  PreparingJob,
} from './preparation-protocol.ts';
import type { BundleFacts, Preparation, RuledArchive } from './preparer.ts';

lowerPreparingPriority();

const { knownBuiltins, limits, maxGeneratedInputs, oneDataPlane } = workerData as PreparingData;
const preparer = new InlinePreparer({
  knownBuiltins,
  clock: systemClock,
  givesMemory: oneDataPlane,
  ...(limits !== undefined && { limits }),
  ...(maxGeneratedInputs !== undefined && { maxGeneratedInputs }),
});
const archives = new Map<number, Uint8Array>();

/** Copied out of shared memory, for what is read of it must not change after it was verified. */
function ruled({ number, archive, rules }: NumberedArchive): RuledArchive {
  const known = archives.get(number) ?? Buffer.from(archive);
  archives.set(number, known);
  return { archive: known, rules };
}

async function answer(job: PreparingJob): Promise<PreparingAnswer> {
  try {
    const result =
      job.kind === 'open'
        ? await preparer.open(ruled(job.bundle), job.minSequence)
        : await preparer.prepare(job.rules, job.bundles.map(ruled), job.activatedAtMs, job.provedBefore);
    return { kind: 'done', result };
  } catch (thrown) {
    const { code, message, cause } = toPortcullisError(thrown);
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : undefined;
    return { kind: 'failed', code, message, cause: text };
  }
}

/** With memory that was given in pieces: it cannot be posted. */
function postable(result: BundleFacts | Preparation, ports: MessagePort[]): BundleFacts | Preparation {
  if (!('prepared' in result)) return result;
  const { seeds, ...prepared } = result.prepared;
  const images = new Map(seeds.images);
  for (const [bundle, image] of images) {
    if (image.memory === undefined) continue;
    const posted = inPieces(image);
    ports.push(posted.pieces);
    images.set(bundle, posted);
  }
  return { ...result, prepared: { ...prepared, seeds: { ...seeds, images } } };
}

async function serve(job: PreparingJob): Promise<void> {
  const answered = await answer(job);
  const ports: MessagePort[] = [];
  if (answered.kind === 'failed') parentPort!.postMessage(answered);
  else parentPort!.postMessage({ ...answered, result: postable(answered.result, ports) }, ports);
}

parentPort!.on('message', (job: PreparingJob) => void serve(job));
