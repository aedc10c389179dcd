import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Guard, guardOf, twinsOf } from './identity-headers.ts';
import type { Obligations } from './obligations.ts';
import type { HeaderAction, HeaderMutation } from './obligations-headers.ts';

/*
 * How Envoy 1.40 reads a HeaderValueOption, seen and in ext_authz_grpc_impl.cc (envoyproxy/envoy issue 42857): `append`, where set, comes
 * first everywhere.
 *
 *                          append {true}                     append {false}   append unset
 * headers (request)        appended with `,`; nothing        overwrites       overwrites, whatever append_action says
 *                          happens to an absent header
 * response_headers_to_add  added, before any overwriting     overwrites       append_action holds, all four
 * headers of a denial      left out                          sent; of one     sent; likewise
 *                                                            name all are
 *
 * Envoy 1.37.0 lets append_action hold everywhere, in the order of the list. These forms mean the same to all.
 */
const FORMS = {
  overwrite: { append: false, appendAction: 2 },
  append: { append: true, appendAction: 0 },
  add: { append: undefined, appendAction: 0 },
  add_if_absent: { append: undefined, appendAction: 1 },
  overwrite_if_exists: { append: undefined, appendAction: 3 },
} as const;

const RESPONSE_FORM: Readonly<Record<HeaderAction, keyof typeof FORMS>> = {
  overwrite: 'overwrite',
  append: 'add',
  add_if_absent: 'add_if_absent',
  overwrite_if_exists: 'overwrite_if_exists',
};

/** Keeps the twins of all headers that the policy sets or removes, and of identity headers, from the upstream. */
export function guardFor(
  { headers, headersToRemove }: Obligations,
  identityHeaders: readonly string[],
): Guard {
  return guardOf([...identityHeaders, ...headers.list.map(({ name }) => name), ...headersToRemove]);
}

/**
 * Writes the fields of an OkHttpResponse. Identity headers that the policy does not set are removed, whether or not the check holds them, and so
 * are twins. Depends on the request only by twins of long names, and where headers are conditional.
 */
export function writeOk(
  writer: BinaryWriter,
  obligations: Obligations,
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
): void {
  const remove = new Set(obligations.headersToRemove);
  const set = writeRequestHeaders(writer, obligations, requestHeaderNames, identityHeaders, remove);
  for (const name of identityHeaders) if (!set.has(name)) remove.add(name);
  const { always, further } = guardFor(obligations, identityHeaders);
  for (const name of always) remove.add(name);
  for (const name of twinsOf(requestHeaderNames, further)) remove.add(name);
  for (const name of remove) writeText(writer, 5, name);
  for (const header of obligations.responseHeaders.list)
    writeHeader(writer, 6, header, RESPONSE_FORM[header.action]);
  for (const [name, value] of obligations.queryToSet) {
    writer.tag(7, WireType.LengthDelimited).fork();
    writeText(writer, 1, name);
    writeText(writer, 2, value);
    writer.join();
  }
  for (const name of obligations.queryToRemove) writeText(writer, 8, name);
}

/**
 * Envoy does not carry actions out on request headers (see above), so that they are here, by the headers that the check
 * holds. One that it does not hold may be one that `allowed_headers` keeps from it: then too, nothing that a client sent survives
 * where the policy overwrites. Identity headers are overwritten, whatever the action. Returns the names that are set.
 */
function writeRequestHeaders(
  writer: BinaryWriter,
  { headers }: Obligations,
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
  remove: Set<string>,
): ReadonlySet<string> {
  const sent = new Set(headers.conditional ? requestHeaderNames.map((name) => name.toLowerCase()) : []);
  for (const name of identityHeaders) sent.delete(name);
  const set = new Set<string>();
  for (const header of headers.list) {
    const { name, action } = header;
    const isPresent = set.has(name) || sent.has(name);
    if (action === 'add_if_absent' && isPresent) continue;
    if (action === 'overwrite_if_exists' && !isPresent && !identityHeaders.includes(name)) {
      remove.add(name);
      continue;
    }
    writeHeader(writer, 2, header, action === 'append' && isPresent ? 'append' : 'overwrite');
    set.add(name);
  }
  return set;
}

/** Writes the fields of a DeniedHttpResponse. */
export function writeDenied(writer: BinaryWriter, httpStatus: number, { headers, body }: Obligations): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(httpStatus);
  writer.join();
  for (const header of headers.list) writeHeader(writer, 2, header, RESPONSE_FORM[header.action]);
  if (body !== '') writeText(writer, 3, body);
}

function writeHeader(
  writer: BinaryWriter,
  field: number,
  { name, value }: HeaderMutation,
  form: keyof typeof FORMS,
): void {
  const { append, appendAction } = FORMS[form];
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).fork();
  writeText(writer, 1, name);
  writeText(writer, 2, value);
  writer.join();
  if (append !== undefined) {
    // A BoolValue that is set and false is an empty message.
    writer.tag(2, WireType.LengthDelimited).fork();
    if (append) writer.tag(1, WireType.Varint).bool(true);
    writer.join();
  }
  if (appendAction !== 0) writer.tag(3, WireType.Varint).int32(appendAction);
  writer.join();
}

function writeText(writer: BinaryWriter, field: number, text: string): void {
  writer.tag(field, WireType.LengthDelimited).string(text);
}
