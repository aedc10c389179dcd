import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PortcullisError, toPortcullisError } from '../errors.ts';

/** What is remembered of the bundle that was active last. Times are wall clock, milliseconds. */
export interface BundleRecord {
  /** The sequence number that was active; lower ones are refused. Undefined when the bundle had none. */
  readonly sequence?: number | undefined;
  /** What the source called the archive. */
  readonly etag: string;
  readonly activatedAtMs: number;
  /** When the source last said that the archive is current. */
  readonly confirmedAtMs: number;
  /** What its policy set was proved as: it need not be proved again when it is restored as the same. */
  readonly proved?: string | undefined;
}

/** The record, and the raw archive as fetched: it is verified again when it is restored. */
export interface SavedBundle {
  readonly record: BundleRecord;
  /** Undefined when the file is gone. The record still counts then. */
  readonly archive: Uint8Array | undefined;
}

const recordSchema: z.ZodType<BundleRecord> = z.strictObject({
  sequence: z.int().nonnegative().optional(),
  etag: z.string(),
  activatedAtMs: z.number(),
  confirmedAtMs: z.number(),
  proved: z.string().optional(),
});

const ARCHIVE = 'bundle.tar.gz';
const RECORD = 'state.json';

/**
 * Last known good bundles, one folder each below the state directory; one server to a directory. Files are replaced by
 * rename after they have reached the disk, so that a crash leaves either the old or the new one. The archive is written
 * before the record: a crash between the two leaves an archive that is newer than its record, never one that it refuses.
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
      throw failure('stateDir', thrown);
    }
  }

  /**
   * Undefined when nothing was ever saved. Throws `io_failed` when something was and cannot be read: what was active is
   * then unknown, and whoever goes on takes an older bundle for a newer one.
   */
  async load(policySet: string, bundle: string): Promise<SavedBundle | undefined> {
    const folder = this.#folder(policySet, bundle);
    const path = join(folder, RECORD);
    try {
      const archive = await readIfThere(join(folder, ARCHIVE));
      const text = await readIfThere(path);
      if (text !== undefined) return { archive, record: parseRecord(text.toString()) };
      // The crash between the first archive and its record.
      return archive && { archive, record: { etag: '', activatedAtMs: 0, confirmedAtMs: 0 } };
    } catch (thrown) {
      throw failure(
        `${path} cannot be read; mend it, or remove it to accept whatever the source gives`,
        thrown,
      );
    }
  }

  /** Saves archive and record; the record alone when the archive has not changed. Throws `io_failed`. */
  async save(policySet: string, bundle: string, record: BundleRecord, archive?: Uint8Array): Promise<void> {
    const folder = this.#folder(policySet, bundle);
    try {
      const first = await mkdir(folder, { recursive: true, mode: 0o700 });
      if (archive !== undefined) await replaceFile(join(folder, ARCHIVE), archive);
      await replaceFile(join(folder, RECORD), Buffer.from(JSON.stringify(record)));
      if (first !== undefined) await syncParents(folder, first);
    } catch (thrown) {
      throw failure(`${folder} cannot be written`, thrown);
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

const failure = (what: string, cause: unknown): PortcullisError =>
  new PortcullisError('io_failed', `${what}: ${toPortcullisError(cause).message}`, { cause });

function parseRecord(text: string): BundleRecord {
  const { data, error } = recordSchema.safeParse(JSON.parse(text));
  if (data !== undefined) return data;
  throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncFolder(dirname(path));
}

/** New folders are names in their parents, which have to reach the disk too; `first` is the topmost new one. */
async function syncParents(folder: string, first: string): Promise<void> {
  for (let created = folder; created.length >= first.length; created = dirname(created)) {
    await syncFolder(dirname(created));
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
