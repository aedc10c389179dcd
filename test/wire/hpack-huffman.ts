/**
 * The Huffman code of HPACK (RFC 7541, Appendix B), from the lengths of its codes alone: it is canonical, codes of one length
 * follow each other in the order of their symbols.
 */
const LENGTHS: readonly number[] = (
  '13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 ' +
  '6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 ' +
  '13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6 ' +
  '15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28 ' +
  '20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24 ' +
  '22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23 ' +
  '26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27 ' +
  '20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26'
)
  .split(' ')
  .map(Number);
const SHORTEST = 5;
const LONGEST = 30;

const { codes, symbols } = canonical();

export function encodeHuffman(bytes: Uint8Array): Buffer {
  let bits = '';
  for (const byte of bytes) bits += codes[byte]!;
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(bits.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
}

/** Throws where RFC 7541, 5.2 has a decoder fail: EOS in the text, padding longer than 7 bits or not of ones. */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const decoded: number[] = [];
  let code = '';
  for (const byte of bytes) {
    for (const bit of byte.toString(2).padStart(8, '0')) {
      code += bit;
      const symbol = code.length >= SHORTEST ? symbols.get(code) : undefined;
      if (symbol !== undefined) {
        decoded.push(symbol);
        code = '';
      } else if (code.length >= LONGEST) throw new Error('EOS inside of a string');
    }
  }
  if (!/^1{0,7}$/.test(code)) throw new Error(`padding of ${code}`);
  return Buffer.from(decoded);
}

function canonical(): { codes: readonly string[]; symbols: ReadonlyMap<string, number> } {
  const codes: string[] = [];
  const symbols = new Map<string, number>();
  let next = 0;
  for (let length = SHORTEST; length <= LONGEST; length++) {
    for (const [symbol, itsLength] of LENGTHS.entries()) {
      if (itsLength !== length) continue;
      codes[symbol] = next.toString(2).padStart(length, '0');
      symbols.set(codes[symbol], symbol);
      next++;
    }
    next *= 2;
  }
  return { codes, symbols };
}
