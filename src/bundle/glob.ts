/**
 * Whether a path matches a pattern as Go's `filepath.Match` reads it, which is what OPA's `exclude_files` means: `*` and
 * `?` stop at slashes, `[a-z]` and `[^a-z]` are classes, a backslash takes the next character literally. A malformed
 * pattern matches nothing.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  const source = regexSource(pattern);
  if (source === undefined) return false;
  try {
    return new RegExp(`^(?:${source})$`, 'us').test(path);
  } catch {
    // A range from high to low.
    return false;
  }
}

function regexSource(pattern: string): string | undefined {
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = String.fromCodePoint(pattern.codePointAt(i) as number);
    if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '[') {
      const end = /^\[\^?(?:\\.|[^\]\\])+\]/su.exec(pattern.slice(i))?.[0];
      if (end === undefined) return undefined;
      out += `(?!/)${classSource(end)}`;
      i += end.length - 1;
    } else if (char === '\\') {
      const next = pattern.codePointAt(++i);
      if (next === undefined) return undefined;
      out += literal(String.fromCodePoint(next));
      if (next > 0xffff) i++;
    } else {
      out += literal(char);
      i += char.length - 1;
    }
  }
  return out;
}

/** `[^a-z]` with everything literal but the caret and the ranges. */
function classSource(text: string): string {
  const negated = text[1] === '^';
  const body = text.slice(negated ? 2 : 1, -1);
  const parts = body.replaceAll(
    /\\(.)|([^\\])/gsu,
    (_, escaped: string | undefined, plain: string | undefined) =>
      plain === '-' ? '-' : literal(escaped ?? (plain as string)),
  );
  return `[${negated ? '^' : ''}${parts}]`;
}

/** One character, with no meaning of its own. */
function literal(char: string): string {
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
}
