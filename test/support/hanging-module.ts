import { EXPORTED_FUNCTIONS } from '../../src/policy/wasm/abi.ts';

/** A module with OPA's imports and exports whose start function never returns: `(start $f) (func $f (loop br 0))`. */
export function hangingModule(): Buffer {
  const exported = EXPORTED_FUNCTIONS.flatMap((name) => [...text(name), 0, 1]);
  return Buffer.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [2, 0x60, 0, 0, 0x60, 1, 0x7f, 0]),
    ...section(2, [
      2,
      ...text('env'),
      ...text('opa_abort'),
      0,
      1,
      ...text('env'),
      ...text('memory'),
      2,
      0,
      2,
    ]),
    ...section(3, [1, 0]),
    ...section(7, [EXPORTED_FUNCTIONS.length, ...exported]),
    ...section(8, [1]),
    ...section(10, [1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b]),
    // A module without names is refused before it starts.
    ...section(0, [...text('name'), 1, 8, 1, 1, ...text('spins')]),
  ]);
}

function section(id: number, body: readonly number[]): number[] {
  const { length } = body;
  return [id, ...(length < 128 ? [length] : [(length & 127) | 128, length >> 7]), ...body];
}

function text(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}
