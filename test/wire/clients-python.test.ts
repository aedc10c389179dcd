// needs: python, openssl
/** Python's grpcio, which is grpc-core in C++. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pythonWithGrpc } from '../support/tools.ts';
import { REPEATS, runClient, startForClients } from './clients-server.ts';

test('grpcio: unary, streams, large messages, gzip, metadata, deadlines, cancellation, with TLS and without', async (t) => {
  const python = await pythonWithGrpc();
  const server = await startForClients(t);
  await writeFile(join(server.folder, 'client.py'), CLIENT);
  for (const target of [[server.plain], [server.secure, server.authority.certFile]]) {
    const { output, errors } = await runClient(python, [join(server.folder, 'client.py'), ...target]);
    assert.deepEqual(
      JSON.parse(output || '{}'),
      {
        unary: 'hello',
        many: 1000,
        repeated: REPEATS,
        largest: 3_000_000,
        gzip: 200_000,
        deadline: 'DEADLINE_EXCEEDED',
        cancelled: 'CANCELLED',
        unknown: 'UNIMPLEMENTED',
        exhausted: 'RESOURCE_EXHAUSTED',
        refused: 'PERMISSION_DENIED',
        after: 'still there',
      },
      errors,
    );
  }
});

const CLIENT = `
import json, sys, time
import grpc

options = [("grpc.max_receive_message_length", 8_000_000)]
if len(sys.argv) > 2:
    credentials = grpc.ssl_channel_credentials(open(sys.argv[2], "rb").read())
    channel = grpc.secure_channel(sys.argv[1], credentials, options)
else:
    channel = grpc.insecure_channel(sys.argv[1], options)

same = lambda data: data
echo = channel.unary_unary("/wire.v1.Clients/Echo", same, same)
repeat = channel.unary_stream("/wire.v1.Clients/Repeat", same, same)
wait = channel.unary_unary("/wire.v1.Clients/Wait", same, same)
refuse = channel.unary_unary("/wire.v1.Clients/Refuse", same, same)
nothing = channel.unary_unary("/wire.v1.Clients/Nothing", same, same)

def code(call):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name

answers = {"unary": echo(b"hello", timeout=10, metadata=(("x-data-bin", b"\\x00\\xff"),)).decode()}
futures = [echo.future(b"many %d" % n, timeout=20) for n in range(1000)]
answers["many"] = sum(f.result() == b"many %d" % n for n, f in enumerate(futures))
answers["repeated"] = sum(message == b"again" for message in repeat(b"again", timeout=10))
answers["largest"] = len(echo(b"x" * 3_000_000, timeout=20))
answers["gzip"] = len(echo(b"y" * 200_000, timeout=10, compression=grpc.Compression.Gzip))
answers["deadline"] = code(lambda: wait(b"", timeout=0.2))
future = wait.future(b"")
time.sleep(0.1)
future.cancel()
answers["cancelled"] = code(future.result) if not future.cancelled() else "CANCELLED"
answers["unknown"] = code(lambda: nothing(b"", timeout=10))
answers["exhausted"] = code(lambda: echo(b"x" * 5_000_000, timeout=20))
answers["refused"] = code(lambda: refuse(b"", timeout=10))
answers["after"] = echo(b"still there", timeout=10).decode()
print(json.dumps(answers))
`;
