import type { RegoValue } from '../../value.ts';
import type { Operand } from '../ir.ts';
import { NUMBER, SCALAR } from './abstract.ts';

/** OPA reads base data by paths of texts, so that 1 finds the key "1" and "1" the index 1. Modules find neither. */
export interface MissedKey {
  /** It happens in any case. */
  readonly certain: boolean;
  /** One sentence for the author. */
  readonly message: string;
}

const NUMBER_TEXT = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** As `Atoi64` in v1/util/performance.go reads it. */
const INDEX_TEXT = /^[+-]?[\d.]+$/;

/**
 * Whether OPA may find in the base data what a module does not.
 * @param docs where the path has got to
 * @param kinds what the key can be
 */
export function missedKey(docs: readonly RegoValue[], key: Operand, kinds: number): MissedKey | undefined {
  if ((kinds & NUMBER) !== 0 && docs.some(hasNumberTexts)) {
    const message = 'data whose keys are texts of integers are asked by a number: the module finds nothing';
    return { certain: kinds === NUMBER, message };
  }
  const text = 'constant' in key ? key.constant : undefined;
  const mayBeIndex = typeof text === 'string' ? INDEX_TEXT.test(text) : (kinds & SCALAR) !== 0;
  if (!mayBeIndex || !docs.some(Array.isArray)) return undefined;
  const message = 'an array of the data is asked by an index that is a text: the module finds nothing';
  return { certain: text !== undefined, message };
}

function hasNumberTexts(doc: RegoValue): boolean {
  return doc instanceof Map && doc.keys().some((key) => typeof key === 'string' && NUMBER_TEXT.test(key));
}
