/** One sequence of frames by its seed: sent to a connection in pieces, its answers held against the model. */
import assert from 'node:assert/strict';
import type { WireConnection } from '../../src/transport/wire/connection.ts';
import { converse } from './fuzz-conversation.ts';
import { FuzzModel } from './fuzz-model.ts';
import { mutate } from './fuzz-mutations.ts';
import { Random } from './fuzz-random.ts';
import { type FuzzSubject, fuzzSubject } from './fuzz-subject.ts';

export interface FuzzTally {
  sequences: number;
  /** Those that were left as they are; every call of theirs was answered. */
  untouched: number;
  /** How the others ended: with GOAWAY, or going on. */
  goneAway: number;
  answers: number;
  /** Calls that waited for their turn. */
  waited: number;
  /** Messages of streams that did. */
  streamsWaited: number;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs the sequences of these seeds, and tells how many of what there was. Throws with the seed of the first that fails. */
export async function runFuzz(
  seed: number,
  count: number,
  onBatch?: (done: number) => void,
): Promise<FuzzTally> {
  const tally: FuzzTally = {
    sequences: 0,
    untouched: 0,
    goneAway: 0,
    answers: 0,
    waited: 0,
    streamsWaited: 0,
  };
  let current = seed;
  const onUncaught = (error: unknown): void => {
    console.error(`wire fuzz: seed ${current}: thrown outside of the connection`, error);
    process.exit(1);
  };
  process.on('unhandledRejection', onUncaught).on('uncaughtException', onUncaught);
  const subject = fuzzSubject();
  try {
    for (; current < seed + count; current++) {
      try {
        await runSequence(subject, current, tally);
      } catch (error) {
        throw new Error(`wire fuzz: seed ${current}: ${(error as Error).message}`, { cause: error });
      }
      if (++tally.sequences % 1000 === 0) onBatch?.(tally.sequences);
    }
    tally.waited = subject.waited;
    tally.streamsWaited = subject.streamsWaited;
  } finally {
    subject.close();
    process.off('unhandledRejection', onUncaught).off('uncaughtException', onUncaught);
  }
  return tally;
}

async function runSequence(subject: FuzzSubject, seed: number, tally: FuzzTally): Promise<void> {
  const random = new Random(seed);
  const { frames, expected } = converse(random);
  const touched = !random.once(5);
  const bytes = Buffer.concat(touched ? mutate(frames, random) : frames);
  const model = new FuzzModel();
  // Handlers that take longer than their turn leave the others to later ones.
  subject.busyMs = random.once(3) ? random.pick([1, 3, 10]) : 0;
  const failures: unknown[] = [];
  const connection = subject.connect(
    () =>
      queueMicrotask(() => {
        try {
          flush(connection, model);
        } catch (error) {
          failures.push(error);
        }
      }),
    () => {},
  );
  flush(connection, model);

  const wholeReads = random.once(2);
  for (let at = 0; at < bytes.length && !connection.over; ) {
    const size = wholeReads ? bytes.length : 1 + random.below(random.pick([3, 40, 2000]));
    const read = Buffer.from(bytes.subarray(at, at + size));
    model.sent(read);
    at += size;
    connection.receive(read);
    flush(connection, model);
    if (random.once(6)) await tick();
    if (touched && random.once(40)) subject.pass(random.pick([10, 1000, 10_000]));
  }
  if (!touched) await settled(connection, expected.keys(), model);
  else for (let turn = 0; turn < 4; turn++) await tick();

  if (!touched) {
    tally.untouched++;
    assert.equal(model.goaway, undefined, 'a conversation by the rules goes on');
    for (const [stream, text] of expected) {
      const answer = model.streams.get(stream)?.answer();
      const answered = Buffer.concat((answer?.messages ?? []).map((message) => message.bytes)).toString();
      assert.deepEqual([stream, answer?.grpcStatus, answered, answer?.reset], [stream, 0, text, undefined]);
    }
  }
  if (model.goaway !== undefined) tally.goneAway++;
  for (const record of model.streams.values()) if (record.ended) tally.answers++;
  assert.equal(connection.over, model.goaway !== undefined, 'a connection that ends says why');

  connection.abandon();
  for (let turn = 0; turn < 3; turn++) await tick();
  flush(connection, model);
  if (failures.length > 0) throw failures[0];
  model.finish();
  assert.equal(subject.leftBehind(connection), undefined, 'nothing is left behind');
  assert.deepEqual(subject.errors.splice(0), [], 'no handler and no transport fails');
}

/** Waits for the answers on these streams; each turn lets handlers go on. */
async function settled(
  connection: WireConnection,
  streams: Iterable<number>,
  model: FuzzModel,
): Promise<void> {
  const waiting = [...streams];
  for (let turn = 0; turn < 1000 && waiting.some((stream) => !model.streams.get(stream)?.done); turn++) {
    await tick();
    flush(connection, model);
  }
}

/** What the edge of a socket does: writes what there is, and lets answers go on that waited for that. */
function flush(connection: WireConnection, model: FuzzModel): void {
  const { sending } = connection;
  while (sending.out.length > 0) {
    sending.out.flush((bytes) => {
      model.received(Buffer.from(bytes));
      return true;
    });
    sending.resume();
  }
}

/** The bytes of a sequence, for who sends them over a socket. */
export function fuzzBytes(seed: number): Buffer {
  const random = new Random(seed);
  const { frames } = converse(random);
  return Buffer.concat(random.once(5) ? frames : mutate(frames, random));
}
