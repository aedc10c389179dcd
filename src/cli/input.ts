/** Documents on the command line: JSON text, a file, or standard input. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { CliIo } from './io.ts';

export const INPUT_HELP = 'the input document: JSON text, a file, or - for standard input';

/** Parts of an access request, each a JSON object. */
export interface AccessOptions {
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly resource?: string | undefined;
  readonly context?: string | undefined;
}

/** Bytes of a JSON document; undefined when none is given. Throws PortcullisError: `io_failed`, `usage`, `json_invalid`. */
export async function readInput(
  io: CliIo,
  input: string | undefined,
  access: AccessOptions = {},
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
  parse(bytes.toString(), input === '-' ? 'standard input' : '--input');
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
    const value = parse(text, `--${part}`);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new PortcullisError('usage', `--${part}: write a JSON object, for example '{"id":"alice"}'`);
    }
    return [`${JSON.stringify(part)}:${text}`];
  });
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new PortcullisError('json_invalid', `${where}: ${toPortcullisError(thrown).message}`, {
      cause: thrown,
    });
  }
}
