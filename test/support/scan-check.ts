/** What a scan of JSON text must give, told from the parser and from the engine's own. */
import assert from 'node:assert/strict';
import { PortcullisError } from '../../src/errors.ts';
import { losslessNumber } from '../../src/json/number.ts';
import { parseJson } from '../../src/json/parse.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import type { Projection, Projector } from '../../src/policy/projection/projection.ts';
import type { TextLimits } from '../../src/policy/projection/scan-source.ts';

export const SCAN_LIMITS: TextLimits = { maxBytes: 1 << 20, maxDepth: 12 };

interface Outcome {
  /** The projected document. */
  readonly seen?: string;
  readonly key?: string;
  readonly code?: string;
  readonly message?: string;
}

export function outcomeOf(project: () => Projection): Outcome {
  try {
    const { key, json } = project();
    return { seen: Buffer.from(json!).toString(), key };
  } catch (error) {
    assert.ok(error instanceof PortcullisError, String(error));
    return { code: error.code, message: error.message };
  }
}

/** What the scan does not look for where nobody sees it. */
const ONLY_WHERE_SEEN: ReadonlySet<string | undefined> = new Set([
  'json_duplicate_key',
  'json_number_too_large',
]);

/**
 * The scan gives what projecting the parsed text gives, or refuses it with the same words; only if the parser minds a key
 * that is named twice or a number out of range, it may give what is seen of the text in which the last of the keys counts.
 */
export function checkScan(projector: Projector, text: Uint8Array): Outcome {
  const parsed = outcomeOf(() => projector.project(parseJson(text, SCAN_LIMITS)));
  const scanned = outcomeOf(() => projector.projectText(text, SCAN_LIMITS));
  if (scanned.seen !== undefined && ONLY_WHERE_SEEN.has(parsed.code)) {
    assert.deepEqual(
      scanned,
      outcomeOf(() => projector.project(lenient(text))),
    );
  } else {
    assert.deepEqual(scanned, parsed);
  }
  return scanned;
}

const TOKENS = /("(?:[^"\\]|\\.)*")|-?[0-9][-+.0-9eE]*/g;

/**
 * By the engine's own parser: of keys that are named twice the last counts, and numbers may be as large as they like. It
 * is given strings in hexadecimal digits, because it takes keys with escapes for others now and then (Node 26.10).
 */
function lenient(bytes: Uint8Array): JsonValue {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  JSON.parse(text);
  const marked = text.replaceAll(TOKENS, (token, string?: string) =>
    string === undefined
      ? `"n${token}"`
      : `"s${Buffer.from(JSON.parse(string) as string, 'utf16le').toString('hex')}"`,
  );
  const value = unmarked(JSON.parse(marked));
  assert.ok(depthOf(value) <= SCAN_LIMITS.maxDepth);
  return value;
}

function unmarked(value: unknown): JsonValue {
  if (typeof value === 'string')
    return value.startsWith('n') ? losslessNumber(value.slice(1)) : textOfHex(value);
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== 'object' || value === null) return value as null | boolean;
  const object = Object.create(null) as JsonObject;
  for (const [key, member] of Object.entries(value)) object[textOfHex(key)] = unmarked(member);
  return object;
}

const textOfHex = (marked: string): string =>
  Buffer.from(marked.slice(1), 'hex').toString('utf16le').toWellFormed();

function depthOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
