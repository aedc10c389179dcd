import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Obligations } from './obligations.ts';
import type { HeaderAction, HeaderMutation } from './obligations-headers.ts';

/** Writes the fields of an OkHttpResponse. Identity headers are never appended to what a client sent. */
export function writeOk(
  writer: BinaryWriter,
  obligations: Obligations,
  identityHeaders: readonly string[],
  strip: readonly string[],
): void {
  const first = new Set(identityHeaders);
  for (const { name, value, action } of obligations.headers) {
    writeHeader(writer, 2, { name, value, action: first.delete(name) ? 'overwrite' : action });
  }
  for (const name of new Set([...obligations.headersToRemove, ...strip])) writeText(writer, 5, name);
  for (const header of obligations.responseHeaders) writeHeader(writer, 6, header);
  for (const [name, value] of obligations.queryToSet) {
    writer.tag(7, WireType.LengthDelimited).fork();
    writeText(writer, 1, name);
    writeText(writer, 2, value);
    writer.join();
  }
  for (const name of obligations.queryToRemove) writeText(writer, 8, name);
}

/** Writes the fields of a DeniedHttpResponse. */
export function writeDenied(writer: BinaryWriter, httpStatus: number, { headers, body }: Obligations): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(httpStatus);
  writer.join();
  for (const header of headers) writeHeader(writer, 2, header);
  if (body !== '') writeText(writer, 3, body);
}

const APPEND_ACTION: Readonly<Record<HeaderAction, number>> = {
  append: 0,
  add_if_absent: 1,
  overwrite: 2,
  overwrite_if_exists: 3,
};

function writeHeader(writer: BinaryWriter, field: number, { name, value, action }: HeaderMutation): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).fork();
  writeText(writer, 1, name);
  writeText(writer, 2, value);
  writer.join();
  // Envoy reads `append` first where it is set; it cannot say the two conditional actions.
  if (action === 'append' || action === 'overwrite') {
    writer.tag(2, WireType.LengthDelimited).fork();
    if (action === 'append') writer.tag(1, WireType.Varint).bool(true);
    writer.join();
  }
  if (action !== 'append') writer.tag(3, WireType.Varint).int32(APPEND_ACTION[action]);
  writer.join();
}

const writeText = (writer: BinaryWriter, field: number, text: string): unknown =>
  writer.tag(field, WireType.LengthDelimited).string(text);
