import type { MaskedText, MaskTree } from '../../../json/mask-tree.ts';
import { maskedText } from '../../../json/masked-text.ts';
import { noteUnwritten } from './learn-layout.ts';
import { output } from './output.ts';
import type { Program } from './program.ts';
import { scanByLayout } from './scan-layout.ts';
import { maskedProgram, removeMasked, scanMask } from './scan-mask.ts';
import { WHOLE_PROGRAM } from './whole-program.ts';
import { type PartBuilder, writeProjection } from './write-projection.ts';

/** A byte in front of the text, as `writeProjection` asks for. */
const START = 1;

/**
 * The whole input of a message that `scanCheck` has read, as text without what is masked; undefined where its layout is not known, or where only
 * the decoder can tell. Throws what `builder` throws.
 */
export function textByLayout(
  bytes: Uint8Array,
  tree: MaskTree,
  builder: PartBuilder,
): MaskedText | undefined {
  const layout = scanByLayout(bytes);
  if (layout === undefined) return undefined;
  const { program, erased } = maskedProgram(scanMask(tree), layout);
  return program && written(program, erased, tree, builder);
}

/**
 * The same of the message whose scan is in memory. Most masks name headers: these are taken out of the scan, so that they are not written; others are cut out of
 * the text. Neither scan nor output is good for anything else then.
 */
export function scannedText(tree: MaskTree, builder: PartBuilder): MaskedText | undefined {
  noteUnwritten();
  return written(WHOLE_PROGRAM, removeMasked(scanMask(tree)), tree, builder);
}

function written(
  program: Program,
  erased: readonly number[] | undefined,
  tree: MaskTree,
  builder: PartBuilder,
): MaskedText | undefined {
  const end = writeProjection(program, START, builder);
  if (end < 0) return undefined;
  const text = new Uint8Array(output.buffer, START, end - START);
  return erased === undefined ? maskedText(text, tree) : { text, erased };
}
