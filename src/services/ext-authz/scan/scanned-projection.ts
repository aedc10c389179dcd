import { Buffer } from 'node:buffer';
import { keyOfBytes } from '../../../policy/projection/key-text.ts';
import type { Projection, Projector } from '../../../policy/projection/projection.ts';
import { resolveTree } from '../../../policy/projection/resolve-tree.ts';
import { isAsciiOutput, output } from './output.ts';
import { compileProgram, type Program } from './projection-program.ts';
import { type PartBuilder, writeProjection } from './write-projection.ts';

/** A message whose scan is in memory, or can be brought there again. */
export interface ScannedMessage extends PartBuilder {
  project(projector: Projector): Projection;
}

const programs = new WeakMap<Projector, Program>();
/** Most calls ask the same entrypoint. */
let lastProjector: Projector | undefined;
let lastProgram: Program | undefined;

function programOf(projector: Projector): Program {
  if (projector === lastProjector) return lastProgram!;
  let program = programs.get(projector);
  if (program === undefined) programs.set(projector, (program = compileProgram(resolveTree(projector.tree))));
  lastProjector = projector;
  lastProgram = program;
  return program;
}

/** The first byte is for the kind of the key, so that a key is cut out in one piece. */
const START = 1;

/** How often `output` was written. */
let writes = 0;

/** Somebody else writes `output`: what was projected last is there no more. */
export function takeOutput(): void {
  writes++;
}

/**
 * What a projector lets through of the message whose scan is in memory; undefined where only the decoder can tell. Throws what
 * the message's `build` throws.
 */
export function projectScanned(projector: Projector, message: ScannedMessage): Projection | undefined {
  writes++;
  const end = writeProjection(programOf(projector), START, message);
  if (end < 0) return undefined;
  return new ScannedProjection(keyOfBytes(output, end, isAsciiOutput()), end, message, projector);
}

/** A hit needs no document: it is taken out of memory when it is asked for, or made again when something else stands there. */
class ScannedProjection implements Projection {
  readonly key: string;
  readonly #end: number;
  readonly #write: number;
  readonly #message: ScannedMessage;
  readonly #projector: Projector;
  #json: Uint8Array | undefined;

  constructor(key: string, end: number, message: ScannedMessage, projector: Projector) {
    this.key = key;
    this.#end = end;
    this.#write = writes;
    this.#message = message;
    this.#projector = projector;
  }

  get json(): Uint8Array | undefined {
    return (this.#json ??= this.#make());
  }

  #make(): Uint8Array | undefined {
    if (this.#write !== writes) return this.#message.project(this.#projector).json;
    return Buffer.copyBytesFrom(output, START, this.#end - START);
  }
}
