import type { MaskedText, MaskTree } from '../../../json/mask-tree.ts';
import { maskedText } from '../../../json/masked-text.ts';
import { WHOLE } from '../../../policy/plan/footprint.ts';
import { resolveTree } from '../../../policy/projection/resolve-tree.ts';
import { output } from './output.ts';
import { compileProgram } from './projection-program.ts';
import { removeMasked, scanMask } from './scan-mask.ts';
import { type PartBuilder, writeProjection } from './write-projection.ts';

const WHOLE_PROGRAM = compileProgram(resolveTree(WHOLE));

/** A byte in front of the text, as `writeProjection` asks for. */
const START = 1;

/**
 * The whole input of the message whose scan is in memory, as text without what is masked; undefined where only the decoder can
 * tell. Most masks name headers: these are taken out of the scan, so that they are not written; others are cut out of
 * the text. Neither scan nor output is good for anything else then. Throws what `builder` throws.
 */
export function scannedText(mask: MaskTree, builder: PartBuilder): MaskedText | undefined {
  const erased = removeMasked(scanMask(mask));
  const end = writeProjection(WHOLE_PROGRAM, START, builder);
  if (end < 0) return undefined;
  const text = output.subarray(START, end);
  return erased === undefined ? maskedText(text, mask) : { text, erased };
}
