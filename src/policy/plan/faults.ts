import { PortcullisError } from '../../errors.ts';
import type { Statement } from './ir.ts';

/** Two rules, or two values of a key, that differ: with the text of the module's own abort. */
export function conflict({ at }: Statement, what: 'var assignment' | 'object insert'): PortcullisError {
  return new PortcullisError('evaluation_conflict', `${at.file}:${at.row}:${at.col}: ${what} conflict`);
}

export function tooDeep(cause?: unknown): PortcullisError {
  return new PortcullisError('evaluation_limit', 'the policy nests too deeply to be evaluated', { cause });
}

/** A plan that no planner makes. */
export function unset({ op, at }: Statement): never {
  throw new PortcullisError(
    'evaluation_failed',
    `${at.file}:${at.row}:${at.col}: ${op} takes a local that has no value`,
  );
}
