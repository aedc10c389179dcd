/** The transport that the tests of this folder are about. */

import type { CreateGrpcTransport } from '../../src/transport/transport.ts';
import { createWireTransport } from '../../src/transport/wire/transport.ts';

export const createTransport: CreateGrpcTransport = createWireTransport;
