/** Makes a policy small while something stays true of it. */

/** In place of a part of an expression. */
const SIMPLE = ['1', '"a"', 'true', '[]', '{}', 'input.n'];

/** Texts with one thing less, the shortest first. Many of them are no Rego: the compiler refuses those. */
function smaller(rego: string): string[] {
  const blocks = rego.split('\n\n');
  const found = new Set<string>();
  // A policy is its package and something to ask for.
  for (let i = 1; i < blocks.length; i++) {
    const others = (text: string): string =>
      [...blocks.slice(0, i), text, ...blocks.slice(i + 1)].join('\n\n');
    const block = blocks[i]!;
    found.add([...blocks.slice(0, i), ...blocks.slice(i + 1)].join('\n\n'));
    const lines = block.split('\n');
    if (lines.length > 2)
      for (let line = 1; line < lines.length - 1; line++)
        found.add(others(lines.toSpliced(line, 1).join('\n')));
    for (const each of withoutStatements(block)) found.add(others(each));
    for (const each of withoutParts(block)) found.add(others(each));
  }
  return [...found].filter((text) => text.includes('\nout[')).sort((a, b) => a.length - b.length);
}

/** Statements of comprehensions and of `every`. */
function* withoutStatements(text: string): Generator<string> {
  for (const match of text.matchAll(/(?<=[|{;] ?)[^|{};]*;|;[^|{};]*(?=[}\]])/g))
    yield text.slice(0, match.index) + text.slice(match.index + match[0].length);
}

/** What stands in brackets, with the name of the function before them. */
function* withoutParts(text: string): Generator<string> {
  for (let start = 0; start < text.length; start++) {
    if (!'([{'.includes(text[start]!)) continue;
    const end = closing(text, start);
    if (end === undefined || text.slice(start, end).includes('\n')) continue;
    const name = /[\w.]*$/.exec(text.slice(0, start))![0];
    const from = start - name.length;
    for (const simple of SIMPLE)
      if (end - from > simple.length) yield text.slice(0, from) + simple + text.slice(end);
    // One of its parts.
    for (const part of text.slice(start + 1, end - 1).split(/, | [-+*/%&|<>=!]+ /))
      if (part.length > 0) yield text.slice(0, from) + part + text.slice(end);
  }
}

function closing(text: string, start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) depth++;
    if (')]}'.includes(text[i]!) && --depth === 0) return i + 1;
  }
  return undefined;
}

/**
 * The shortest text found that holds. Asks of many at once, which is what compiling them together wants.
 * @param holding of texts, those that hold
 */
export async function shrink(
  rego: string,
  holding: (texts: readonly string[]) => Promise<ReadonlySet<string>>,
  maxRounds = 60,
): Promise<string> {
  let best = rego;
  for (let round = 0; round < maxRounds; round++) {
    const texts = smaller(best);
    let next: string | undefined;
    for (let i = 0; next === undefined && i < texts.length; i += BATCH) {
      const asked = texts.slice(i, i + BATCH);
      const held = await holding(asked);
      next = asked.find((text) => held.has(text));
    }
    if (next === undefined) return best;
    best = next;
  }
  return best;
}

const BATCH = 60;
