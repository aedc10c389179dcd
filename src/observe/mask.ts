import { type MaskTree, maskTree } from '../json/mask-tree.ts';
import { type JsonPointer, parsePointer } from '../json/pointer.ts';
import type { DecisionEvent, InputSource } from './decision-event.ts';

export interface MaskedPlace {
  readonly text: string;
  readonly pointer: JsonPointer;
}

/** What must not reach a log: places in an entry, and what else might repeat them. */
export interface Mask {
  /** Places outside of the result. */
  readonly places: readonly MaskedPlace[];
  readonly inResult: readonly MaskedPlace[];
  readonly input: InputMask;
  /** Whether there are places beside those in the input and in the result. */
  readonly elsewhere: boolean;
  /** Builtins may have been called with what is masked: their arguments and words are not written. */
  readonly hidesArguments: boolean;
  /** `custom.reasons` repeats the result's. */
  readonly hidesReasons: boolean;
  /** The reason of a refused question is its error's message. */
  readonly hidesErrors: boolean;
}

/** What of the input is masked; the tree's root stands for the input itself. */
export interface InputMask {
  /** Whether only that of it is shown which the decision could see. */
  readonly seenOnly: boolean;
  readonly tree: MaskTree;
  /** By their numbers in the tree. */
  readonly places: readonly MaskedPlace[];
}

/** Reads JSON pointers such as `/input/subject/token`, and how much of an input is shown beside them. Throws `config_invalid`. */
export function parseMask(texts: readonly string[], shown: 'whole' | 'seen' = 'whole'): Mask {
  const all = [...new Set(texts)].map((text) => ({ text, pointer: parsePointer(text) }));
  /** A place above the named one, that one, or a place in it. */
  const touches = (field: string, ...names: readonly string[]): boolean =>
    all.some(
      ({ pointer: [first, second] }) => first === field && (second === undefined || names.includes(second)),
    );
  const input = all.filter(({ pointer }) => pointer[0] === 'input');
  return {
    places: all.filter(({ pointer }) => pointer[0] !== 'result'),
    inResult: all.filter(({ pointer }) => pointer[0] === 'result'),
    input: {
      seenOnly: shown === 'seen',
      tree: maskTree(input.map(({ pointer }) => pointer.slice(1))),
      places: input,
    },
    elsewhere: all.some(({ pointer }) => pointer[0] !== 'input' && pointer[0] !== 'result'),
    hidesArguments: all.some(({ pointer }) => pointer[0] === 'input'),
    hidesReasons: touches('result', 'reason', 'reasons'),
    hidesErrors: touches('error', 'message'),
  };
}

/** The input as far as a log shows it, but for what is masked in it. */
export const shownInput = (event: DecisionEvent, { input }: Mask): InputSource =>
  input.seenOnly ? event.seenInput() : event.input;
