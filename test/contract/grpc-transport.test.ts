// needs: openssl
import { createGrpcTransport } from '../../src/transport/grpc-js.ts';
import { grpcTransportContract } from './grpc-transport.ts';

grpcTransportContract({
  name: 'grpc-js',
  create: createGrpcTransport,
  ownHeaders: ['portcullis-call'],
  keepsPieces: true,
});
