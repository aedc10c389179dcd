// needs: openssl
import { createWireTransport } from '../../src/transport/wire/transport.ts';
import { grpcTransportContract } from './grpc-transport.ts';

grpcTransportContract({ name: 'wire', create: createWireTransport, ownHeaders: [], keepsPieces: false });
