const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/** Orders keys as go-yaml does (sorter.go): runs of digits by the number that they are, letters after anything else. */
export function compareYamlKeys(left: string, right: string): number {
  if (isLess(left, right)) return -1;
  return isLess(right, left) ? 1 : 0;
}

function isLess(left: string, right: string): boolean {
  const a = Array.from(left);
  const b = Array.from(right);
  let behindDigits = false;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) {
      behindDigits = DIGIT.test(x);
      continue;
    }
    const [isLetter, isOtherLetter] = [LETTER.test(x), LETTER.test(y)];
    if (isLetter && isOtherLetter) return x.codePointAt(0)! < y.codePointAt(0)!;
    if (isLetter || isOtherLetter) return behindDigits ? isLetter : isOtherLetter;
    const isInsideNumber = (x === '0' || y === '0') && followsDigitsBeyondZero(a, i);
    const [m, n] = [numberAt(a, i, isInsideNumber), numberAt(b, i, isInsideNumber)];
    if (m.value !== n.value) return m.value < n.value;
    if (m.end !== n.end) return m.end < n.end;
    return x.codePointAt(0)! < y.codePointAt(0)!;
  }
  return a.length < b.length;
}

function followsDigitsBeyondZero(text: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && DIGIT.test(text[i]!); i--) if (text[i] !== '0') return true;
  return false;
}

/** The digits from a place on as an integer of 64 bits, which wraps around as Go's does; a one before them on demand. */
function numberAt(text: readonly string[], from: number, withOne: boolean): { value: bigint; end: number } {
  let value = withOne ? 1n : 0n;
  let end = from;
  for (; end < text.length && DIGIT.test(text[end]!); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(text[end]!.codePointAt(0)! - 48));
  }
  return { value, end };
}
