import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NotPermitted } from './host-rules.ts';

/**
 * Reads a body, decompressed where `gzip`. Rejects with NotPermitted beyond `maxBytes`, counted as they come out, so that
 * a few compressed ones cannot become many; with the stream's error otherwise.
 */
export async function readBody(
  response: IncomingMessage,
  gzip: boolean,
  maxBytes: number,
): Promise<Uint8Array> {
  const declared = Number(response.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  return await collect(gzip ? gunzipped(response) : response, maxBytes);
}

async function collect(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function gunzipped(response: IncomingMessage): Readable {
  const gunzip = createGunzip();
  response.on('error', (error) => gunzip.destroy(error));
  // Stops the sender with the reader.
  gunzip.on('close', () => response.destroy());
  return response.pipe(gunzip);
}

function tooLarge(maxBytes: number): NotPermitted {
  return new NotPermitted(`the answer is larger than ${maxBytes} bytes (\`network.maxResponseBytes\`)`);
}
