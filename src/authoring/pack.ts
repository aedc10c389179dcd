import { type Signing, signBundle } from '../bundle/sign.ts';
import { writeArchive } from '../bundle/write-archive.ts';
import type { BuiltBundle } from './build.ts';

/** The archive of a built bundle, signed when a key is given. Unsigned, the same sources give the same bytes. */
export async function packBundle(bundle: BuiltBundle, signing?: Signing): Promise<Uint8Array<ArrayBuffer>> {
  const signature = signing === undefined ? [] : [await signBundle(bundle.files, signing)];
  return writeArchive([...bundle.files, ...signature]);
}
