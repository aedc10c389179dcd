import { PortcullisError } from '../../../errors.ts';
import { byteString } from './byte-text.ts';
import { type MediaType, parseMediaType } from './media-type.ts';
import type { Parameters } from './media-type-continuation.ts';

/** How a body is read: `input.body.format`. */
export type BodyFormat = 'json' | 'form' | 'multipart' | 'grpc';

/** What a content type says. */
export interface BodyType extends MediaType {
  /** Undefined for a type that is not read. */
  readonly format: BodyFormat | undefined;
}

/** What opa-envoy-plugin looks for anywhere in the content type. */
const NAMES: readonly (readonly [BodyFormat, name: string])[] = [
  ['json', 'application/json'],
  ['grpc', 'application/grpc'],
  ['form', 'application/x-www-form-urlencoded'],
  ['multipart', 'multipart/form-data'],
];

/**
 * Reads a content type, in any case of its letters (RFC 9110 section 8.3.1). `place` begins the messages.
 *
 * opa-envoy-plugin takes the first of four names that occurs anywhere in the header. Servers read the media type, or look
 * for other names first, so that `application/x-www-form-urlencoded; x=application/json` would show a policy another body
 * than the service: what names a type beside its own, or is not one media type (two headers are joined by `,`), throws
 * `invalid_request`. Types that end in `+json` are JSON (RFC 6839 section 3.1), which the plugin does not read: services
 * do, and a policy would take null for a request that says nothing.
 */
export function bodyType(contentType: string, place: string): BodyType {
  const source = byteString(contentType);
  const mediaType = parseMediaType(source);
  if (mediaType === undefined) throw invalid(place, 'is not one media type');
  const format = formatOf(mediaType.type);
  const lowerCase = source.toLowerCase();
  if (NAMES.some(([other, name]) => other !== format && lowerCase.includes(name))) {
    throw invalid(place, 'names one media type inside of another');
  }
  return { ...mediaType, format };
}

function formatOf(type: string): BodyFormat | undefined {
  if (type.startsWith('application/grpc')) return 'grpc';
  if (type.endsWith('+json')) return 'json';
  return NAMES.find(([, name]) => name === type)?.[0];
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and PROTOCOL-WEB.md: messages of protobuf, not in Base64. */
export const isProtoType = (type: string): boolean => /^application\/grpc(?:-web)?(?:\+proto)?$/.test(type);

/** The parameters of a type whose text has to be UTF-8. Throws `invalid_request` for another charset. */
export function utf8Parameters({ parameters }: MediaType, place: string): Parameters {
  if (parameters === undefined) throw invalid(place, 'has parameters that cannot be read');
  const charset = parameters.values.get('charset') ?? 'utf-8';
  if (parameters.unclear.has('charset') || !/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw invalid(place, 'names another charset than UTF-8');
  }
  return parameters;
}

function invalid(place: string, problem: string): PortcullisError {
  return new PortcullisError('invalid_request', `The content-type of ${place} ${problem}`);
}
