/**
 * The service behind Envoy: answers with what reached it, so that one sees what Envoy and Portcullis did to a request.
 *
 *     npx node examples/envoy/upstream.ts [port]     # 8080 when left out; 0 picks a free one
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const server = createServer((request, response) => {
  const { method, url: path, headers } = request;
  text(request).then(
    (body) => {
      response.setHeader('content-type', 'application/json');
      response.end(`${JSON.stringify({ method, path, headers, body }, null, 2)}\n`);
    },
    // The client went away while it sent its body.
    () => response.destroy(),
  );
});

server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`the service listens on 127.0.0.1:${port}`);
});
