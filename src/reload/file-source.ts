import { hash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { WatchedPaths } from '../watched-paths.ts';
import type { BundleSource, PollResult } from './source.ts';

/** Events of one change arrive in bursts; the poll waits for the burst to end. */
const SETTLE_MS = 50;
/** Unless they do not end. */
const MAX_SETTLE_MS = 500;

/** So long does it take at most to notice what the folders do not tell. */
const RECHECK_MS = 2_000;

/** Far above the resolution of any file system's times. */
const SETTLED_NS = 3_000_000_000n;

/**
 * A bundle in a file. Reads through one handle, so that a file replaced meanwhile does not mix with its successor; one
 * that is still being written fails its checks and is read again at the next event.
 */
export class FileSource implements BundleSource {
  readonly name: string;
  readonly #path: string;
  readonly #maxArchiveBytes: number;
  readonly #recheckMs: number;
  /** What was read last, and how the file looked then. */
  #read: { readonly etag: string; readonly identity: string } | undefined;

  /** `path` is absolute. `recheckMs`: how often the file itself is looked at, whatever the watcher tells. */
  constructor(path: string, maxArchiveBytes: number, recheckMs: number = RECHECK_MS) {
    this.name = `file:${path}`;
    this.#path = resolve(path);
    this.#maxArchiveBytes = maxArchiveBytes;
    this.#recheckMs = recheckMs;
  }

  async poll(etag: string | undefined, _signal: AbortSignal): Promise<PollResult> {
    const handle = await this.#open();
    try {
      const identity = await identify(handle, this.#path);
      if (etag !== undefined && this.#read?.etag === etag && this.#read.identity === identity) {
        return { kind: 'not-modified' };
      }
      const bytes = await readAtMost(handle, this.#maxArchiveBytes, this.#path);
      const digest = hash('sha256', bytes, 'hex');
      this.#read = { etag: digest, identity };
      return digest === etag ? { kind: 'not-modified' } : { kind: 'archive', bytes, etag: digest };
    } catch (thrown) {
      throw toPortcullisError(thrown, 'io_failed');
    } finally {
      await handle.close();
    }
  }

  watch(changed: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    let settle: NodeJS.Timeout | undefined;
    let firstMs = 0;
    let turn = Promise.resolve();
    const onEvent = (): void => {
      const nowMs = performance.now();
      if (settle === undefined) firstMs = nowMs;
      clearTimeout(settle);
      // Neighbours that come and go all the time do not hold it up.
      const waitMs = Math.min(SETTLE_MS, firstMs + MAX_SETTLE_MS - nowMs);
      settle = setTimeout(lookInTurn, Math.max(waitMs, 0));
    };
    const watched = new WatchedPaths([this.#path], onEvent);
    const look = async (): Promise<void> => {
      const isNew = await watched.look();
      if (signal.aborted) return;
      if (isNew) onEvent();
      changed();
    };
    const lookInTurn = (): void => {
      settle = undefined;
      turn = turn.then(look);
    };
    lookInTurn();
    // A watcher misses what comes and goes at once, and some file systems tell nothing.
    let looks: string | undefined;
    const lookAgain = async (): Promise<void> => {
      const now = await stat(this.#path, { bigint: true }).then(identityOf, () => 'absent');
      if (now !== looks && !signal.aborted) onEvent();
      looks = now;
    };
    const recheck = setInterval(() => void lookAgain(), this.#recheckMs);
    signal.addEventListener('abort', () => {
      clearTimeout(settle);
      clearInterval(recheck);
      watched.close();
    });
  }

  /** Never waits: a pipe without a writer would otherwise hold the start up. */
  async #open(): Promise<FileHandle> {
    try {
      return await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (thrown) {
      throw toPortcullisError(thrown, 'io_failed');
    }
  }
}

/**
 * What tells that a file is unchanged without reading it, so that neighbours that change often cost little. A file changed
 * within the clock's last tick can change again unseen, so that such a one has no identity.
 */
async function identify(handle: FileHandle, path: string): Promise<string> {
  const found = await handle.stat({ bigint: true });
  if (!found.isFile()) throw new PortcullisError('io_failed', `${path} is not a regular file`);
  const settled = BigInt(Date.now()) * 1_000_000n - found.ctimeNs > SETTLED_NS;
  return settled ? identityOf(found) : randomUUID();
}

const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(':');

/** Reads to the end, but never more than the limit: a file may grow while it is read. */
async function readAtMost(handle: FileHandle, maxBytes: number, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({
    autoClose: false,
    end: maxBytes,
  }) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (size > maxBytes) {
    throw new PortcullisError(
      'archive_too_large',
      `${path} has more than ${maxBytes} bytes, which is the limit`,
    );
  }
  return Buffer.concat(chunks);
}
