/**
 * Header blocks as clients send them on one connection, in their order, captured on 2026-11-22 from a socket: ext_authz `Check`
 * without and with a `traceparent` of its own in each call. For the tests and the benchmark of HPACK.
 */
const PATH = '/envoy.service.auth.v3.Authorization/Check';

export interface Capture {
  /** In hex. */
  readonly blocks: readonly string[];
  /** What the last block says. */
  readonly last: readonly (readonly [name: string, value: string])[];
}

export const CAPTURES: Readonly<Record<string, Capture>> = {
  'grpc-js 1.14.7': {
    blocks: [
      '418b089d5c0b8170dc69d6421f83049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff86408e9acac8b0c842d6958b510f21aa9b903485a9264fafa90b2d03497ea6f66aff50863485a9264faf7a8e9acac8b54790ab7443015c2d2eef5f8b1d75d0620d263d4c4d656440027465864d833505b11f',
      'c383049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff86c2c1c0bfbe',
    ],
    last: [
      [':authority', '127.0.0.1:47311'],
      [':method', 'POST'],
      [':path', PATH],
      [':scheme', 'http'],
      ['grpc-accept-encoding', 'identity,deflate,gzip'],
      ['accept-encoding', 'identity'],
      ['user-agent', 'grpc-node-js/1.14.7'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ],
  },
  'grpc-js 1.14.7, deadline and traceparent': {
    blocks: [
      '418b089d5c0b8170dc69d6421f83049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff8640884d83216b1d85a93fa600160004db437257da8df90a0644f3523a27dd8c85081c146b001281c746304637c028c0b003408e9acac8b0c842d6958b510f21aa9b903485a9264fafa90b2d03497ea6f66aff50863485a9264faf40899acac8b24d494f6a7f837de7697a8e9acac8b54790ab7443015c2d2eef5f8b1d75d0620d263d4c4d656440027465864d833505b11f',
      'c583049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff867f05a600166e378036c832ca16997db2bcc8de2492882eb24702f38b001281c746304637c028c2b003c4c37f038408000a7fc2c1c0',
      'c783049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff867f00a700168dc9230004db437257da8df90a0644f3523a27dd8c850ac004a071d18c118df00a312c00ffc6c5bfc3c2c1',
      'c883049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff867ea60016085971b8de00db20cb285a65f6caf32378924a20bac9160025038e8c608c6f8051b2b003c7c6c0c4c3c2',
    ],
    last: [
      [':authority', '127.0.0.1:47311'],
      [':method', 'POST'],
      [':path', PATH],
      [':scheme', 'http'],
      ['traceparent', '00-11365b80a5caef14395e83a8cdf2173c-00f067aa0ba902b3-01'],
      ['grpc-accept-encoding', 'identity,deflate,gzip'],
      ['accept-encoding', 'identity'],
      ['grpc-timeout', '1000m'],
      ['user-agent', 'grpc-node-js/1.14.7'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ],
  },
  'grpc-go 1.34 (ghz), deadline and traceparent': {
    blocks: [
      '8386459f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff418b089d5c0b8170dc69d6421f5f8b1d75d0620d263d4c4d65647a8a9acac8b4c7602bb2d2e040027465864d833505b11f40899acac8b24d494f6a7f870befbef89c7edf40884d83216b1d85a93fa700166a395f14acb6ebb1b2d483706c90af89f9005015a7597160025038e8c608c6f8051bab003f',
      '8386c4c3c2c1c07f00870befbefbee3f6fbf',
      '8386c5c4c3c2c17e870befbefbee02dfc0',
      '8386c6c5c4c3c27e870befbefbedb96fc1',
    ],
    last: [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', PATH],
      [':authority', '127.0.0.1:47311'],
      ['content-type', 'application/grpc'],
      ['user-agent', 'grpc-go/1.34.0'],
      ['te', 'trailers'],
      ['grpc-timeout', '19999956u'],
      ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ],
  },
  'Envoy 1.40': {
    blocks: [
      '83049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff41841da99fdf8640027465864d833505b11f40899acac8b24d494f6a7f831360a75f8b1d75d0620d263d4c4d6564408cf2b16aee7f4b1aa496ca8747834d9697408bf2b4a7b3c0ec90b22d29ec870be25c0b89717f4096f2b16aee7f4b17cd65224b22d6765926a4a7b52b528f821360',
      '83049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293affc486c3c2c1c0bfbe',
    ],
    last: [
      [':method', 'POST'],
      [':path', PATH],
      [':authority', 'authz'],
      [':scheme', 'http'],
      ['te', 'trailers'],
      ['grpc-timeout', '250m'],
      ['content-type', 'application/grpc'],
      ['x-envoy-internal', 'true'],
      ['x-forwarded-for', '192.0.2.2'],
      ['x-envoy-expected-rq-timeout-ms', '250'],
    ],
  },
  'nghttp2 (h2load)': {
    blocks: [
      '049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff86418b089d5c0b8170dc69d6421f837a8f9c541c722954d3a5358980aed897075f8b1d75d0620d263d4c4d656440027465864d833505b11f0f0d0135',
      '049f60b5773fa5d05b3b98855c76a675fbb2bc36a673d86f63498f5317a7293aff86c183c0bfbe0f0d0135',
    ],
    last: [
      [':path', PATH],
      [':scheme', 'http'],
      [':authority', '127.0.0.1:47311'],
      [':method', 'POST'],
      ['user-agent', 'h2load nghttp2/1.52.0'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['content-length', '5'],
    ],
  },
  'grpcio 1.85.1 (Python), deadline and traceparent': {
    blocks: [
      '40053a706174682a2f656e766f792e736572766963652e617574682e76332e417574686f72697a6174696f6e2f436865636b400a3a617574686f726974790f3132372e302e302e313a34373331318386400c636f6e74656e742d74797065106170706c69636174696f6e2f677270634002746508747261696c6572734014677270632d6163636570742d656e636f64696e67176964656e746974792c206465666c6174652c20677a6970400c677270632d74696d656f7574023253400a757365722d6167656e7430677270632d707974686f6e2f312e38352e3120677270632d632f35382e302e3020286c696e75783b2063687474703229000b7472616365706172656e743730302d34626639326633353737623334646136613363653932396430653065343733302d303066303637616130626139303262372d3031',
      'c4c38386c2c1c0400c677270632d74696d656f757405323031306dbf000b7472616365706172656e743730302d34626639326633353737623334646136613363653932396430653065343733312d303066303637616130626139303262372d3031',
      'c5c48386c3c2c1bebf000b7472616365706172656e743730302d34626639326633353737623334646136613363653932396430653065343733322d303066303637616130626139303262372d3031',
    ],
    last: [
      [':path', PATH],
      [':authority', '127.0.0.1:47311'],
      [':method', 'POST'],
      [':scheme', 'http'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['grpc-accept-encoding', 'identity, deflate, gzip'],
      ['grpc-timeout', '2010m'],
      ['user-agent', 'grpc-python/1.85.1 grpc-c/58.0.0 (linux; chttp2)'],
      ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4732-00f067aa0ba902b7-01'],
    ],
  },
};
