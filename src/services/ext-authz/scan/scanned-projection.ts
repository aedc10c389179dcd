import { Buffer } from 'node:buffer';
import { keyOfBytes } from '../../../policy/projection/key-text.ts';
import type { Projection, Projector } from '../../../policy/projection/projection.ts';
import { resolveTree } from '../../../policy/projection/resolve-tree.ts';
import { keyProgramOf } from './key-program.ts';
import { output, outputWords } from './output.ts';
import type { Program } from './program.ts';
import { compileProgram } from './projection-program.ts';
import { type PartBuilder, writeProjection } from './write-projection.ts';

/** A message whose scan is in memory, or can be brought there again. */
export interface ScannedMessage extends PartBuilder {
  /** What a projector lets through of it, as JSON in UTF-8. */
  json(projector: Projector): Uint8Array | undefined;
}

interface Programs {
  /** Writes what is evaluated … */
  readonly json: Program;
  /** … and what it is found by. */
  readonly key: Program;
}

const compiled = new WeakMap<Projector, Programs>();
/** Most calls ask the same entrypoint. */
let lastProjector: Projector | undefined;
let lastPrograms: Programs | undefined;

function programsOf(projector: Projector): Programs {
  if (projector === lastProjector) return lastPrograms!;
  let programs = compiled.get(projector);
  if (programs === undefined) {
    const json = compileProgram(resolveTree(projector.tree));
    compiled.set(projector, (programs = { json, key: keyProgramOf(json) }));
  }
  lastProjector = projector;
  lastPrograms = programs;
  return programs;
}

const MEMORY = { bytes: output, words: outputWords };

/** The first byte is for the kind of the key, so that a key is cut out in one piece. */
const START = 1;

/**
 * What a projector lets through of the message whose scan is in memory; undefined where only the decoder can tell. Throws what
 * the message's `build` throws.
 */
export function projectScanned(projector: Projector, message: ScannedMessage): Projection | undefined {
  const end = writeProjection(programsOf(projector).key, START, message);
  return end < 0 ? undefined : new ScannedProjection(keyOfBytes(MEMORY, end), message, projector);
}

/** Its document; undefined where only the decoder can tell. */
export function scannedJson(projector: Projector, message: ScannedMessage): Uint8Array | undefined {
  const end = writeProjection(programsOf(projector).json, START, message);
  return end < 0 ? undefined : Buffer.copyBytesFrom(output, START, end - START);
}

/** A hit needs no document: it is written when it is asked for. */
class ScannedProjection implements Projection {
  readonly key: string;
  readonly #message: ScannedMessage;
  readonly #projector: Projector;
  #json: Uint8Array | undefined;

  constructor(key: string, message: ScannedMessage, projector: Projector) {
    this.key = key;
    this.#message = message;
    this.#projector = projector;
  }

  get json(): Uint8Array | undefined {
    return (this.#json ??= this.#message.json(this.#projector));
  }
}
