import type { Pauses } from '../pauses.ts';
import { toSharedBytes } from '../threads/shared-bytes.ts';
import type { Plan } from './ir.ts';
import { isObject, listOf } from './plan-json.ts';
import { PlanReader, parsePlan } from './read-plan.ts';

/**
 * A plan in pieces, each of which is read in less than a millisecond: `plan.json` of a real policy is a megabyte and more, and holds the
 * thread for 30 ms when it is read as a whole. Plain data, for other threads; the bytes lie in memory that they share.
 */
export interface PlanParts {
  /** JSON in UTF-8, one piece after the other: what is neither function nor entrypoint, then lists of functions, then of entrypoints. */
  readonly bytes: Uint8Array;
  /** Where each piece ends. */
  readonly ends: readonly number[];
  /** How many of the pieces are lists of functions. */
  readonly functionPieces: number;
}

const PIECE_CHARACTERS = 16 * 1024;

/** Takes a plan apart. Throws PortcullisError `bundle_plan_invalid`. */
export function splitPlan(bytes: Uint8Array): PlanParts {
  const { funcs, plans, ...frame } = parsePlan(bytes);
  const functions = pieces(isObject(funcs) ? funcs['funcs'] : undefined);
  const texts = [
    JSON.stringify(frame),
    ...functions,
    ...pieces(isObject(plans) ? plans['plans'] : undefined),
  ];
  const parts = texts.map((text) => Buffer.from(text));
  let end = 0;
  const ends = parts.map((part) => (end += part.length));
  return { bytes: toSharedBytes(Buffer.concat(parts)), ends, functionPieces: functions.length };
}

/** Reads a plan as `readPlan` does, giving other work its turn. Rejects with `bundle_plan_invalid`. */
export async function readPlanParts(parts: PlanParts, pauses: Pauses): Promise<Plan> {
  const pieceAt = (index: number): unknown => {
    const bytes = parts.bytes.subarray(parts.ends[index - 1] ?? 0, parts.ends[index]);
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  };
  const reader = new PlanReader(pieceAt(0));
  for (let index = 1; index < parts.ends.length; index++) {
    await pauses.perhaps();
    const piece = listOf(pieceAt(index), isObject);
    if (index <= parts.functionPieces) reader.addFunctions(piece);
    else reader.addEntrypoints(piece);
  }
  await pauses.perhaps();
  return reader.finish();
}

/** Lists that are short enough as text; one that cannot be shorter stays as it is. */
function pieces(list: unknown): string[] {
  const made: string[] = [];
  let open: string[] = [];
  let length = 0;
  for (const each of listOf(list, isObject)) {
    const text = JSON.stringify(each);
    if (open.length > 0 && length + text.length > PIECE_CHARACTERS) {
      made.push(`[${open.join()}]`);
      open = [];
      length = 0;
    }
    open.push(text);
    length += text.length;
  }
  if (open.length > 0) made.push(`[${open.join()}]`);
  return made;
}
