import { WHOLE } from '../../../policy/plan/footprint.ts';
import { resolveTree } from '../../../policy/projection/resolve-tree.ts';
import type { Program } from './program.ts';
import { compileProgram } from './projection-program.ts';

/** Writes the whole document. */
export const WHOLE_PROGRAM: Program = compileProgram(resolveTree(WHOLE));
