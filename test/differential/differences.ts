import type { Difference } from './difference.ts';
import { ANSWER_DIFFERENCES } from './differences-answer.ts';
import { BODY_DIFFERENCES } from './differences-body.ts';
import { MESSAGE_DIFFERENCES } from './differences-message.ts';
import { PARSED_DIFFERENCES } from './differences-parsed.ts';

/** In the order in which they apply. */
export const DIFFERENCES: readonly Difference[] = [
  ...MESSAGE_DIFFERENCES,
  ...PARSED_DIFFERENCES,
  ...BODY_DIFFERENCES,
  ...ANSWER_DIFFERENCES,
];
