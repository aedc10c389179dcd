import { resolveScalar } from '../../bundle/yaml-scalar.ts';

/** How go-yaml v3 writes a string (encode.go, emitterc.go). */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** What YAML 1.1 takes for booleans is quoted, for the sake of older readers. */
const OLD_BOOLEAN = /^(?:[yYnN]|yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/;

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Four digits, month and day, alone or with a time: what go-yaml takes for a moment. */
const MAYBE_TIME = /^[0-9]{4}-/;

const BREAK = '\n\r\\x85\u2028\u2029';

/** What go-yaml escapes: all that it does not count as printable, which includes every character beyond U+FFFF. */
const SPECIAL = /[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

const ESCAPED = /[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\]/gu;

const BLOCK_INDICATOR =
  /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:](?:[ \t]|$)|-(?:[ \t]|$))|(?!^):(?:[ \t]|$)|[ \t\n\r\x85\u2028\u2029]#/;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** Whether the text has line breaks, as YAML 1.1 counts them. */
export function isMultiline(text: string): boolean {
  return new RegExp(`[${BREAK}]`).test(text);
}

export function scalarStyle(text: string, isTime: (text: string) => boolean): ScalarStyle {
  const breakThenSpace = new RegExp(`[${BREAK}] `).test(text);
  const unfitForBlocks = new RegExp(` [${BREAK}]`).test(text) || SPECIAL.test(text);
  const singleAllowed = !breakThenSpace && !unfitForBlocks && !text.includes('\t');
  if (text.includes('\n')) return unfitForBlocks || text.endsWith(' ') ? 'double' : 'literal';
  if (!isText(text, isTime)) return 'double';
  if (!singleAllowed) return 'double';
  const isPlain = !/^ | $/.test(text) && !isMultiline(text) && !BLOCK_INDICATOR.test(text);
  return isPlain ? 'plain' : 'single';
}

/** Whether the text, written without quotes, is read as text. */
function isText(text: string, isTime: (text: string) => boolean): boolean {
  if (OLD_BOOLEAN.test(text) || BASE_60.test(text)) return false;
  if (MAYBE_TIME.test(text) && isTime(text)) return false;
  return resolveScalar(text).kind === 'str';
}

export function doubleQuoted(text: string): string {
  // go-yaml looks for a byte order mark at the text's beginning when it means to look at each character.
  const escaped = text.startsWith('\ufeff') ? /./gsu : ESCAPED;
  return `"${text.replace(escaped, escapeCharacter)}"`;
}

export function singleQuoted(text: string, indent: string): string {
  const lines = text.replaceAll("'", "''");
  return `'${lines.replace(/([\u2028\u2029])(?![\u2028\u2029]|$)/g, `$1${indent}`)}'`;
}

/** The text after `|`, each line that is not empty indented; two line breaks at the end are kept by `+`, none by `-`. */
export function literal(text: string, indent: string): string {
  const hint = /^[ \n\u2028\u2029]/.test(text) ? '2' : '';
  const chomp = /[\n\u2028\u2029]$/.test(text) ? (/^.$|[\n\u2028\u2029].$/su.test(text) ? '+' : '') : '-';
  const body = text.replace(/(^|[\n\u2028\u2029])(?![\n\u2028\u2029]|$)/g, `$1${indent}`);
  return `|${hint}${chomp}\n${body}`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}
