import { PortcullisError } from '../errors.ts';

/**
 * `opa build` erases `print` for WASM and keeps it for plans, which shifts the table of builtins and adds reads. So
 * that both come from one text, each `print(…)` expression is replaced by `true`, padded so that every other place
 * keeps its row and column.
 */

/** Gives the JSON that `opa parse --format json --json-include locations` writes for a source text. */
export type ParseRego = (source: Uint8Array) => Promise<unknown>;

/** The source without `print` expressions, proved by parsing it again. Throws PortcullisError `build_failed`. */
export async function erasePrints(path: string, source: Uint8Array, parse: ParseRego): Promise<Uint8Array> {
  if (!Buffer.from(source).includes('print')) return source;
  const calls = findPrints(path, await parse(source));
  if (calls.length === 0) return source;
  const erased = Buffer.from(eraseCalls(path, Buffer.from(source).toString('utf8'), calls));
  if (findPrints(path, await parse(erased)).length > 0) {
    throw new PortcullisError('build_failed', `${path}: a print call could not be taken out for the build`);
  }
  return erased;
}

/** Rows and columns count from 1; columns count code points, as OPA's scanner does. */
interface Place {
  readonly row: number;
  readonly col: number;
}

interface PrintCall extends Place {
  /** The whole expression, with `not` before and `with` after it. */
  readonly text: string;
  /** Where the word `print` stands. */
  readonly operator: Place;
}

/** All expressions that call the builtin `print`, wherever they stand: rule bodies, else, every, comprehensions. */
function findPrints(path: string, ast: unknown): PrintCall[] {
  const calls: PrintCall[] = [];
  let hidden = false;
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) walk(item);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const { terms, location, head, alias, path: imported } = node as Record<string, unknown>;
    const operator = Array.isArray(terms) ? (terms[0] as AstTerm | undefined) : undefined;
    if (operator?.type === 'ref' && isPrint(operator.value)) calls.push(callAt(location, operator));
    hidden ||= definesPrint(head) || importsPrint(imported, alias);
    for (const child of Object.values(node)) walk(child);
  };
  walk(ast);
  if (hidden) {
    throw new PortcullisError(
      'build_failed',
      `${path}: a rule or import named print hides the builtin; rename it`,
    );
  }
  return calls;
}

interface AstTerm {
  readonly type?: unknown;
  readonly value?: unknown;
  readonly location?: { readonly row: number; readonly col: number; readonly text: string };
}

/** Whether a reference is the name `print` and nothing else. */
function isPrint(ref: unknown): boolean {
  if (!Array.isArray(ref) || ref.length !== 1) return false;
  const [term] = ref as AstTerm[];
  return term?.type === 'var' && term.value === 'print';
}

function definesPrint(head: unknown): boolean {
  const { ref } = (head ?? {}) as { ref?: unknown };
  return Array.isArray(ref) && isPrint(ref.slice(0, 1));
}

function importsPrint(imported: unknown, alias: unknown): boolean {
  if (alias !== undefined) return alias === 'print';
  const { type, value } = (imported ?? {}) as AstTerm;
  return type === 'ref' && Array.isArray(value) && (value.at(-1) as AstTerm | undefined)?.value === 'print';
}

function callAt(location: unknown, operator: AstTerm): PrintCall {
  const { row, col, text } = location as { row: number; col: number; text: string };
  return { row, col, text: Buffer.from(text, 'base64').toString('utf8'), operator: operator.location! };
}

function eraseCalls(path: string, source: string, calls: readonly PrintCall[]): string {
  const offsetOf = placeFinder(source);
  const spans = calls
    .map((call) => {
      const start = offsetOf(call);
      const operator = offsetOf(call.operator);
      if (!source.startsWith(call.text, start) || !source.startsWith('print', operator)) {
        const place = `${path}:${call.row}:${call.col}`;
        throw new PortcullisError('build_failed', `${place}: the print call is not where the parser says`);
      }
      return { start, operator, end: start + call.text.length };
    })
    .sort((a, b) => a.start - b.start);
  let text = '';
  let done = 0;
  for (const { start, operator, end } of spans) {
    if (start < done) continue; // a call inside the arguments of one that is gone
    text += `${source.slice(done, start)}${blank(source, start, operator)}true ${blank(source, operator + 5, end)}`;
    done = end;
  }
  return text + source.slice(done);
}

/** As many spaces as there are characters (code points, as OPA counts columns); line ends stay. */
function blank(source: string, start: number, end: number): string {
  return source.slice(start, end).replace(/[^\r\n]/gu, ' ');
}

/** Turns rows and columns into offsets in UTF-16 units. */
function placeFinder(source: string): (place: Place) => number {
  const lineStarts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return ({ row, col }) => {
    let offset = lineStarts[row - 1] ?? source.length;
    for (let passed = 1; passed < col; passed++) offset += source.codePointAt(offset)! > 0xffff ? 2 : 1;
    return offset;
  };
}
