import { ATTRIBUTE_REQUESTS } from './attributes.ts';
import { FORM_REQUESTS } from './form-bodies.ts';
import { generatedRequests } from './generated.ts';
import { grpcRequests } from './grpc.ts';
import { HTTP_REQUESTS } from './http.ts';
import { JSON_REQUESTS } from './json-bodies.ts';
import { policyRequests } from './policies.ts';
import { RAW_REQUESTS } from './raw.ts';
import type { CorpusRequest } from './request.ts';
import { SENT_REQUESTS } from './sent-bodies.ts';

/** Everything that both servers are asked. */
export const corpus = (given: {
  readonly descriptorSet: Uint8Array;
  readonly policies: { readonly obligations: string; readonly broken: string };
}): readonly CorpusRequest[] => [
  ...HTTP_REQUESTS,
  ...JSON_REQUESTS,
  ...FORM_REQUESTS,
  ...SENT_REQUESTS,
  ...ATTRIBUTE_REQUESTS,
  ...RAW_REQUESTS,
  ...grpcRequests(given.descriptorSet),
  ...policyRequests(given.policies),
  ...generatedRequests(20_261_122, 200),
];
