/** Documents on the command line: JSON text, a file, or standard input. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { type JsonLimits, parseJson } from '../json/parse.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { CliIo } from './io.ts';

export const INPUT_HELP = 'the input document: JSON text, a file, or - for standard input';

/** Parts of an access request, each a JSON object. */
export interface AccessOptions {
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly resource?: string | undefined;
  readonly context?: string | undefined;
}

/** What a server takes as input when its configuration says nothing else. */
export const DEFAULT_INPUT_LIMITS: JsonLimits = { maxBytes: 1024 * 1024, maxDepth: 128 };

/** What any server may be configured to take: how much it is, the one that is asked says itself. */
const WIDEST_LIMITS: JsonLimits = { maxDepth: 1000 };

/**
 * Bytes of a JSON document, read as strictly as a server reads it; undefined when none is given.
 * Throws PortcullisError: `io_failed`, `usage`, `json_*`.
 */
export async function readInput(
  io: CliIo,
  input: string | undefined,
  access: AccessOptions = {},
  limits: JsonLimits = WIDEST_LIMITS,
): Promise<Uint8Array | undefined> {
  const parts = accessParts(access);
  if (parts.length > 0 && input !== undefined) {
    throw new PortcullisError(
      'usage',
      'give either --input or --subject, --action, --resource and --context',
    );
  }
  // Put together as text, so that numbers stay as they were typed.
  if (parts.length > 0) return Buffer.from(`{${parts.join(',')}}`);
  if (input === undefined) return undefined;
  const bytes = await readDocument(io, input);
  parse(bytes, input === '-' ? 'standard input' : '--input', limits);
  return bytes;
}

/** Reads a file and names it when that fails. Throws PortcullisError: `io_failed`. */
export async function readNamedFile(io: CliIo, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(io.cwd, path));
  } catch (thrown) {
    throw new PortcullisError('io_failed', `cannot read ${path}: ${toPortcullisError(thrown).message}`, {
      cause: thrown,
    });
  }
}

async function readDocument(io: CliIo, input: string): Promise<Buffer> {
  if (input === '-') return Buffer.from(await io.stdin());
  return /^\s*[[{"]/.test(input) ? Buffer.from(input) : readNamedFile(io, input);
}

function accessParts(access: AccessOptions): string[] {
  return (['subject', 'action', 'resource', 'context'] as const).flatMap((part) => {
    const text = access[part];
    if (text === undefined) return [];
    if (!isJsonObject(parse(text, `--${part}`, WIDEST_LIMITS))) {
      throw new PortcullisError('usage', `--${part}: write a JSON object, for example '{"id":"alice"}'`);
    }
    return [`${JSON.stringify(part)}:${text}`];
  });
}

function parse(source: Uint8Array | string, where: string, limits: JsonLimits): JsonValue {
  try {
    return parseJson(source, limits);
  } catch (thrown) {
    const { code, message } = toPortcullisError(thrown);
    throw new PortcullisError(code, `${where}: ${message}`, { cause: thrown });
  }
}
