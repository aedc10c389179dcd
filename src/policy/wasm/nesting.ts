/**
 * Whether JSON text nests deeper than `maxDepth` arrays and objects. The module's parser and printer recurse, so
 * depth costs stack. Text shorter than the brackets such a depth needs is not looked at.
 */
export function nestsDeeperThan(json: Uint8Array, maxDepth: number): boolean {
  if (json.length <= 2 * maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at] as number) {
      case 0x22: // "
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      default:
    }
  }
  return false;
}

function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== 0x22) at += json[at] === 0x5c ? 2 : 1;
  return at;
}
