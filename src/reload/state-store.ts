import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PortcullisError, toPortcullisError } from '../errors.ts';

/** What is remembered of the bundle that was active last. */
export interface BundleState {
  /** The raw archive, as fetched: it is verified again when it is restored. */
  readonly archive: Uint8Array;
  /** The sequence number that was active; lower ones are refused. Undefined when the bundle had none. */
  readonly sequence: number | undefined;
  readonly activatedAtMs: number;
}

const record = z.strictObject({ sequence: z.int().nonnegative().optional(), activatedAtMs: z.number() });

/**
 * Last known good bundles, one folder each below the state directory. Files are replaced by rename after they have
 * reached the disk, so that a crash leaves either the old or the new one. The archive is written before the record: a
 * crash between the two leaves an archive that is newer than its record, never one that the record refuses.
 */
export class StateStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Creates the directory when it is missing: the admin socket may lie in it before anything is saved. Throws `io_failed`. */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    } catch (thrown) {
      const { message } = toPortcullisError(thrown);
      throw new PortcullisError('io_failed', `stateDir: ${message}`, { cause: thrown });
    }
  }

  /** Undefined when nothing was ever saved. Throws `io_failed` when what was saved cannot be read. */
  async load(policySet: string, bundle: string): Promise<BundleState | undefined> {
    const folder = this.#folder(policySet, bundle);
    try {
      const archive = await readFile(join(folder, 'bundle.tar.gz'));
      const text = await readFile(join(folder, 'state.json'), 'utf8').catch(absent);
      const { sequence, activatedAtMs } = record.parse(JSON.parse(text ?? '{"activatedAtMs":0}'));
      return { archive, sequence, activatedAtMs };
    } catch (thrown) {
      absent(thrown);
      return undefined;
    }
  }

  /** Throws `io_failed`. */
  async save(policySet: string, bundle: string, state: BundleState): Promise<void> {
    const folder = this.#folder(policySet, bundle);
    const { archive, ...rest } = state;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await replaceFile(join(folder, 'bundle.tar.gz'), archive);
      await replaceFile(join(folder, 'state.json'), Buffer.from(JSON.stringify(rest)));
    } catch (thrown) {
      throw toPortcullisError(thrown, 'io_failed');
    }
  }

  /** Names come from the operator's configuration; encoded all the same, so that none can leave the directory. */
  #folder(policySet: string, bundle: string): string {
    return join(
      this.#directory,
      `set-${encodeURIComponent(policySet)}`,
      `bundle-${encodeURIComponent(bundle)}`,
    );
  }
}

/** A file that does not exist is no error; everything else is. */
function absent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw toPortcullisError(thrown, 'io_failed');
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
