import { memberOrder, placesOf } from '../../json/member-order.ts';
import { keyEnd, keyText } from './scan-keys.ts';
import { stringAt, wordAt } from './scan-scalars.ts';
import { valueEnd } from './scan-skip.ts';
import { close, open, refuse, scan, bytes as scanned, type TextLimits } from './scan-source.ts';
import { spaceEnd } from './scan-tokens.ts';
import type { ScanTree } from './scan-tree.ts';

const bytes = scanned;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * What a tree lets through of a JSON text in UTF-8, as canonical JSON: what `seenText` writes of the parsed document. All
 * of the syntax is checked, UTF-8, depth and size included; keys that are named twice and numbers out of range are found
 * where they can be seen. Throws what parseJson throws.
 * @param text of a size and with limits of which `canScan` says yes
 */
export function scanText(tree: ScanTree, text: Uint8Array, limits: TextLimits): string {
  try {
    open(text, limits);
    const seen = seenAt(tree, 0);
    return spaceEnd(scan.at) === scan.length ? seen : refuse();
  } finally {
    close();
  }
}

/** Of the value that begins at `from`, or behind white space there; `scan.at` is behind the value then. */
function seenAt(tree: ScanTree, from: number): string {
  const at = spaceEnd(from);
  const byte = bytes[at];
  if (byte === QUOTE) return stringAt(tree.reads, at);
  if (byte === OPEN_BRACE) return objectAt(tree, at);
  if (byte === OPEN_BRACKET) return arrayAt(tree, at);
  return wordAt(tree.reads, at);
}

function objectAt(tree: ScanTree, at: number): string {
  if (tree.others !== undefined) return everyMember(tree, tree.others, at);
  if (tree.members.length > 0) return namedMembers(tree, at);
  scan.at = valueEnd(at);
  return tree.reads === 0 ? 'null' : '{}';
}

/** Members come in any order: the text of each is kept until all are there. */
function namedMembers({ members, keys }: ScanTree, from: number): string {
  const texts: (string | undefined)[] = [];
  for (const _ of members) texts.push(undefined);
  for (let at = enter(from, CLOSE_BRACE); at >= 0; at = next(CLOSE_BRACE)) {
    const value = keyEnd(at);
    const place = keys.find();
    if (place < 0) scan.at = valueEnd(value);
    else if (texts[place] === undefined) texts[place] = seenAt(members[place]!.tree, value);
    else refuse();
  }
  let out = '';
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i];
    if (text === undefined) continue;
    if (out !== '') out += ',';
    out += members[i]!.head;
    out += text;
  }
  return `{${out}}`;
}

function everyMember({ members, keys: named }: ScanTree, others: ScanTree, from: number): string {
  const keys: string[] = [];
  const texts: string[] = [];
  for (let at = enter(from, CLOSE_BRACE); at >= 0; at = next(CLOSE_BRACE)) {
    const value = keyEnd(at);
    const place = members.length === 0 ? -1 : named.find();
    keys.push(keyText());
    texts.push(seenAt(place < 0 ? others : members[place]!.tree, value));
  }
  if (keys.length === 0) return '{}';
  const order = memberOrder(keys);
  const places = placesOf(order) ?? refuse();
  let out = '';
  for (let i = 0; i < places.length; i++) {
    out += order.heads[i];
    out += texts[places[i]!];
  }
  return `${out}}`;
}

function arrayAt(tree: ScanTree, at: number): string {
  const { elements, elementsEnd, others } = tree;
  if (others === undefined && elementsEnd === 0) {
    scan.at = valueEnd(at);
    return tree.reads === 0 && tree.members.length === 0 ? 'null' : '[]';
  }
  return elementsOf(elements, elementsEnd, others, at);
}

/** Where others cannot be seen: up to the last named one that is there, with `null` in the place of those between. */
function elementsOf(
  elements: ScanTree['elements'],
  elementsEnd: number,
  others: ScanTree | undefined,
  from: number,
): string {
  let out = '';
  /** The last element that is written. */
  let written = -1;
  let index = 0;
  for (let at = enter(from, CLOSE_BRACKET); at >= 0; at = next(CLOSE_BRACKET)) {
    const tree = index < elementsEnd ? (elements.get(index) ?? others) : others;
    if (tree === undefined) {
      scan.at = valueEnd(at);
    } else {
      if (written >= 0) out += ',';
      out += 'null,'.repeat(index - written - 1);
      out += seenAt(tree, at);
      written = index;
    }
    index++;
  }
  return `[${out}]`;
}

/** The place behind the opening brace or bracket; -1: nothing is inside, and `scan.at` is behind it. */
function enter(from: number, closing: number): number {
  if (scan.depthLeft-- <= 0) refuse();
  const at = spaceEnd(from + 1);
  return bytes[at] === closing ? leave(at) : at;
}

/** The place behind the comma; -1: there is no more, and `scan.at` is behind it. */
function next(closing: number): number {
  const at = spaceEnd(scan.at);
  if (bytes[at] === COMMA) return at + 1;
  return bytes[at] === closing ? leave(at) : refuse();
}

function leave(at: number): number {
  scan.depthLeft++;
  scan.at = at + 1;
  return -1;
}
