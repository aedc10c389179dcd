// needs: nghttp2, openssl
/** nghttp2's own clients, which know nothing of gRPC. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient, startForClients } from './clients-server.ts';
import { message } from './frames.ts';

const GRPC = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];

test('nghttp and h2load: calls are answered, with TLS and without', async (t) => {
  const server = await startForClients(t);
  const small = join(server.folder, 'small');
  const large = join(server.folder, 'large');
  // Field 1 of Text; field 2 with 300,000 bytes.
  await writeFile(small, message(Buffer.from('\x0a\x04text')));
  await writeFile(
    large,
    message(Buffer.concat([Buffer.from('12e0a712', 'hex'), Buffer.alloc(300_000, 'x')])),
  );
  for (const base of [`http://${server.plain}`, `https://${server.secure}`]) {
    const echo = `${base}/wire.v1.Clients/Echo`;
    for (const file of [small, large]) {
      // -y: whatever the certificate says. --no-dep: without the PRIORITY frames of old. -w8 -W8: windows of 255 bytes.
      for (const more of [[], ['--no-dep'], ['-p200', '-b255'], ['-w8', '-W8']]) {
        const { output, errors } = await runClient('nghttp', [
          '-v',
          '-y',
          ...more,
          ...GRPC,
          '-d',
          file,
          echo,
        ]);
        const what = `${file} ${more.join(' ')}: ${errors}`;
        assert.ok(output.includes('grpc-status: 0'), what);
        assert.ok(!/RST_STREAM|error_code=(?!NO_ERROR)/.test(output), what);
      }
    }
    for (const [connections, streams, file] of [
      ['1', '1', small],
      ['4', '32', small],
      ['8', '100', small],
      ['2', '8', large],
    ] as const) {
      const total = file === large ? 100 : 4000;
      const load = ['-n', String(total), '-c', connections, '-m', streams, ...GRPC, '-d', file, echo];
      const { output } = await runClient('h2load', load);
      assert.match(output, new RegExp(`${total} succeeded, 0 failed, 0 errored, 0 timeout`), output);
      assert.match(output, new RegExp(`status codes: ${total} 2xx`));
    }
  }
});
