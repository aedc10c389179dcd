/** Changes to a conversation that a broken or a hostile client might make. */
import * as h2 from './frames.ts';
import type { Random } from './fuzz-random.ts';

type Mutation = (frames: Buffer[], random: Random) => void;

const any = (frames: readonly Buffer[], random: Random): number => random.below(frames.length);
const copyAt = (frames: Buffer[], at: number): Buffer => (frames[at] = Buffer.from(frames[at]!));

const MUTATIONS: readonly Mutation[] = [
  function flipBit(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length === 0) return;
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
  },
  function overwriteByte(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
  },
  function deleteFrame(frames, random) {
    frames.splice(any(frames, random), 1);
  },
  function duplicateFrame(frames, random) {
    frames.splice(any(frames, random), 0, frames[any(frames, random)]!);
  },
  function swapFrames(frames, random) {
    const [a, b] = [any(frames, random), any(frames, random)];
    [frames[a], frames[b]] = [frames[b]!, frames[a]!];
  },
  function truncateFrame(frames, random) {
    const at = any(frames, random);
    frames[at] = frames[at]!.subarray(0, random.below(frames[at]!.length + 1));
  },
  function changeLength(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length >= 9)
      bytes.writeUIntBE(
        random.pick([0, 1, 4, 5, 8, 16_384, 16_385, 0xffffff, bytes.length - 8, bytes.length - 10]) &
          0xffffff,
        0,
        3,
      );
  },
  function changeType(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length >= 9) bytes[3] = random.below(12);
  },
  function changeFlags(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length >= 9) bytes[4] = random.pick([0, 1, 4, 5, 8, 9, 0x0c, 0x20, 0x2d, 0xff]);
  },
  function changeStream(frames, random) {
    const bytes = copyAt(frames, any(frames, random));
    if (bytes.length >= 9)
      bytes.writeUInt32BE(random.pick([0, 1, 2, 3, 5, 7, 9, 99, 0x7fffffff, 0x80000001]), 5);
  },
  function insertFrame(frames, random) {
    const payload = random.bytes(random.pick([0, 1, 4, 5, 6, 8, 30, 300]));
    const frame = h2.frame(random.below(11), random.below(256), random.below(16), payload);
    frames.splice(any(frames, random), 0, frame);
  },
  function insertSettings(frames, random) {
    const value = random.pick([0, 1, 100, 16_384, 65_535, 2 ** 24 - 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]);
    frames.splice(any(frames, random), 0, h2.settings([1 + random.below(8), value]));
  },
  function insertUpdate(frames, random) {
    const update = h2.windowUpdate(random.below(16), random.pick([0, 1, 65_535, 2 ** 31 - 1]));
    frames.splice(any(frames, random), 0, update);
  },
  function insertReset(frames, random) {
    frames.splice(any(frames, random), 0, h2.reset(1 + 2 * random.below(12)));
  },
  function insertGarbage(frames, random) {
    frames.splice(any(frames, random), 0, random.bytes(1 + random.below(60)));
  },
  function goaway(frames, random) {
    frames.splice(any(frames, random), 0, h2.frame(h2.GOAWAY, 0, 0, h2.uint32(0, random.below(14))));
  },
];

/** One to six of them, seldom in the preface: what follows a broken one is not read. */
export function mutate(frames: readonly Buffer[], random: Random): Buffer[] {
  const [preface, ...rest] = frames;
  const changed = random.once(50) ? [...frames] : rest;
  for (let count = 1 + random.below(6); count > 0 && changed.length > 0; count--)
    random.pick(MUTATIONS)(changed, random);
  return changed === rest || changed[0] !== preface ? [preface!, ...changed] : changed;
}
