/** White space as OPA's scanner knows it, or a comment. */
const GAP = /[ \t\r\n]+|#[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"|`[^`]*`/y;
/** The package ends with its line, with a comment or with a semicolon. */
const END = /[ \t\r]*(?:[;#\n]|$)/y;

/**
 * The package that a Rego module declares, by its segments: `package a.b["c d"]` gives a, b and "c d". Undefined when the
 * module does not begin with a package, which OPA refuses as well, or has a rule on the same line.
 */
export function regoPackage(source: string): string[] | undefined {
  let at = source.startsWith('\ufeff') ? 1 : 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takeWord = (word: string): boolean => {
    if (!source.startsWith(word, at)) return false;
    at += word.length;
    return true;
  };
  const takeGaps = (): boolean => {
    const start = at;
    while (take(GAP) !== undefined);
    return at > start;
  };
  const takeBracketed = (): string | undefined => {
    takeGaps();
    const text = take(STRING);
    takeGaps();
    return takeWord(']') && text !== undefined ? unquoted(text) : undefined;
  };

  takeGaps();
  if (!takeWord('package') || !takeGaps()) return undefined;
  const segments: string[] = [];
  let segment = take(NAME);
  for (;;) {
    if (segment === undefined) return undefined;
    segments.push(segment);
    if (takeWord('.')) segment = take(NAME);
    else if (takeWord('[')) segment = takeBracketed();
    else return take(END) === undefined ? undefined : segments;
  }
}

/** What a string of Rego says: raw between backquotes, else written as in JSON. */
function unquoted(text: string): string | undefined {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
