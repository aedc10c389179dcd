/** What a command may use of the process, so that tests can run commands in-process. */
import { styleText } from 'node:util';
import type { Environment } from '../config/environment.ts';

export interface CliIo {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Reads standard input to its end. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Whether standard output is a terminal: people read text, programs read JSON. */
  readonly isTty: boolean;
  readonly color: boolean;
  readonly cwd: string;
  readonly env: Environment;
  /** Aborted when the process is asked to stop. A command that never looks at it is ended by the signal itself. */
  readonly signal: AbortSignal;
  /** Calls back at each request to reload (SIGHUP). Gives the way to stop that. */
  readonly onReload: (listener: () => void) => () => void;
}

export interface TextOutput {
  write(text: string): unknown;
}

/** 0 yes, 1 no (denied, tests failed, verification failed), 2 wrong usage or configuration, 3 runtime failure. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Sets what the process ends with when the command is done; 0 when never called. */
export type Exit = (code: ExitCode) => void;

type Style = Parameters<typeof styleText>[0];

/** The text, in colour where colours are wanted. */
export function paint(io: Pick<CliIo, 'color'>, style: Style, text: string): string {
  return io.color ? styleText(style, text, { validateStream: false }) : text;
}

/** What {@link paint} may write, and every other control character but line ends and tabs (C0, DEL and C1). */
// oxlint-disable-next-line no-control-regex
const CONTROL = /\u001b\[(?:1|2|22|31|32|33|39)m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * An output that shows control characters as `\u001b` and the like, because inputs, policies and bundles of strangers
 * must not command the terminal. The colours of {@link paint} pass, where colours are wanted.
 */
export function harmless(output: TextOutput, color: boolean): TextOutput {
  const escape = (found: string): string =>
    found.length > 1 && color
      ? found
      : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}${found.slice(1)}`;
  return { write: (text) => output.write(text.replace(CONTROL, escape)) };
}

/** Writes one line of text. */
export function printLine(io: CliIo, text = ''): void {
  io.stdout.write(`${text}\n`);
}

/** Writes a value as JSON: indented for people, on one line for programs. */
export function printJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, undefined, io.isTty ? 2 : undefined)}\n`);
}

/** The flags `--json` and `--no-json` decide; without them programs get JSON and people text. */
export function wantsJson(io: CliIo, options: { readonly json?: boolean | undefined }): boolean {
  return options.json ?? !io.isTty;
}

/** Rows of text in columns, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  const pad = (cell: string, index: number, row: readonly string[]): string =>
    index === row.length - 1 ? cell : cell.padEnd(widths[index]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
