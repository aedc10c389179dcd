/** Whether any of the texts begins with any of the prefixes. Sorts and bisects: trying each pair would be quadratic. */
export function anyPrefix(texts: readonly string[], prefixes: readonly string[]): boolean {
  const shortest = withoutLonger(prefixes);
  return texts.some((text) => {
    const candidate = lastUpTo(shortest, text);
    return candidate !== undefined && text.startsWith(candidate);
  });
}

/** Whether any of the texts ends with any of the suffixes. */
export function anySuffix(texts: readonly string[], suffixes: readonly string[]): boolean {
  return anyPrefix(texts.map(reversed), suffixes.map(reversed));
}

/**
 * Sorted, without those that begin with another one: what begins with them begins with the other one too. Then a text's
 * only possible prefix is the last one that is not greater than the text.
 */
function withoutLonger(prefixes: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of prefixes.toSorted(byUnits)) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

function lastUpTo(sorted: readonly string[], text: string): string | undefined {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! <= text) from = middle + 1;
    else to = middle;
  }
  return sorted[from - 1];
}

function byUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function reversed(text: string): string {
  return text.split('').reverse().join('');
}
