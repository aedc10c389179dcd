/**
 * The text without spaces and tabs around it, which are no part of a header's value (RFC 9110, 5.5; RFC 9113, 8.2.1).
 * A regular expression for those at the end would take quadratic time.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Whether a character is a space or a tab; there may be none. */
export function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
