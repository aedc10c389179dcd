import type { Difference } from './difference.ts';
import { ANSWER_DIFFERENCES } from './differences-answer.ts';
import { INPUT_DIFFERENCES } from './differences-input.ts';

/** In the order in which they apply. */
export const DIFFERENCES: readonly Difference[] = [...INPUT_DIFFERENCES, ...ANSWER_DIFFERENCES];
