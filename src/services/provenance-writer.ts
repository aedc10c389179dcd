import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Provenance } from '../decision/decision.ts';

/** Encodes a `portcullis.v1.Provenance`. */
export function encodeProvenance(provenance: Provenance): Uint8Array {
  const writer = new BinaryWriter();
  writeText(writer, 1, provenance.policySet);
  writeText(writer, 2, provenance.entrypoint);
  for (const [bundle, revision] of Object.entries(provenance.revisions)) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writeText(writer, 1, bundle);
    writeText(writer, 2, revision);
    writer.join();
  }
  writeText(writer, 4, provenance.digest);
  return writer.finish();
}

function writeText(writer: BinaryWriter, field: number, text: string): void {
  if (text !== '') writer.tag(field, WireType.LengthDelimited).string(text);
}
