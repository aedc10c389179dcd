// needs: opa, envoy
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { openConnection } from '../../contract/http-client.ts';
import { cluster, listener, route } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';
import { startTcpEcho, type Upstream } from '../../support/upstream.ts';

const POLICY = `package gate

http := input.attributes.request.http

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-user": "alice"}} if {
	http.method == "GET"
	http.headers.upgrade == "websocket"
	input.parsed_path == ["chat", "lobby"]
} else := {"allowed": true} if {
	http.method == "CONNECT"
	not http.path
	http.host == "db.internal:5432"
} else := false
`;

let stage: Stage;
let tcp: Upstream;
before(async () => {
  tcp = await startTcpEcho();
  const connect = route(
    { connect_matcher: {} },
    {
      cluster: 'tcp',
      action: { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
      // Without this Envoy waits for bytes of the tunnel before it asks, and the client for leave to send them.
      perRoute: { check_settings: { disable_request_body_buffering: true } },
    },
  );
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    extAuthz: '{ identityHeaders: [x-user] }',
    listeners: [
      listener('front', {
        routes: [connect, route({ prefix: '/' })],
        manager: {
          upgrade_configs: [{ upgrade_type: 'CONNECT' }, { upgrade_type: 'websocket' }],
          http2_protocol_options: { allow_connect: true },
        },
        // A WebSocket's messages are no body: Envoy asks before the first of them.
        authz: { with_request_body: { max_request_bytes: 1000, allow_partial_message: true } },
      }),
    ],
    clusters: [cluster('tcp', tcp.port)],
  });
});
after(async () => {
  await stage?.stop();
  await tcp?.stop();
});

test('a WebSocket that the policy allows talks, and its upstream knows who it is', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${stage.envoy.port('front')}/chat/lobby`);
  await once(socket, 'open');
  for (const text of ['hello', 'again']) {
    socket.send(text);
    const [{ data }] = await once(socket, 'message');
    assert.equal(data, `alice: ${text}`);
  }
  socket.close();
  await once(socket, 'close');
});

test('a WebSocket that the policy denies is never opened', async () => {
  const count = stage.upstream.count();
  for (const path of ['/chat/secret', '/chat/lobby/../secret', '/']) {
    const socket = new WebSocket(`ws://127.0.0.1:${stage.envoy.port('front')}${path}`);
    await once(socket, 'error');
    assert.equal(socket.readyState, WebSocket.CLOSED, path);
  }
  assert.equal(stage.upstream.count(), count);
});

/** Asks for a tunnel; gives the connection and the first line of the answer. */
async function tunnel(target: string): Promise<{ socket: Socket; line: string }> {
  const socket = await openConnection({ kind: 'tcp', host: '127.0.0.1', port: stage.envoy.port('front') });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\nx-test: ${target}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  return { socket, line: String(answer).split('\r\n')[0]! };
}

test('CONNECT has no path; the policy decides by the host', async () => {
  const { socket, line } = await tunnel('db.internal:5432');
  assert.equal(line, 'HTTP/1.1 200 OK');
  socket.write('ping');
  assert.equal(String((await once(socket, 'data'))[0]), 'ping');
  socket.destroy();
  assert.equal(tcp.count(), 1);

  for (const target of ['db.internal:22', 'metadata.internal:80']) {
    const denied = await tunnel(target);
    assert.equal(denied.line, 'HTTP/1.1 403 Forbidden', target);
    denied.socket.destroy();
    const { metadata } = await stage.envoy.logged(target);
    assert.equal((metadata!['portcullis'] as { status: string }).status, 'denied', target);
  }
  assert.equal(tcp.count(), 1);
});

test('over HTTP/2 both are asked about as over HTTP/1.1', async (t) => {
  const session = connectHttp2(`http://127.0.0.1:${stage.envoy.port('front')}`);
  t.after(() => session.close());
  await once(session, 'remoteSettings');
  const socketTo = (path: string): OutgoingHttpHeaders => ({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': path,
    ':scheme': 'http',
    'sec-websocket-version': '13',
  });
  const tunnelTo = (target: string): OutgoingHttpHeaders => ({ ':method': 'CONNECT', ':authority': target });
  for (const [headers, expected] of [
    [socketTo('/chat/lobby'), 200],
    [socketTo('/chat/secret'), 403],
    [tunnelTo('db.internal:5432'), 200],
    [tunnelTo('db.internal:22'), 403],
  ] as const) {
    const stream = session.request(headers, { endStream: false });
    const [answer] = await once(stream, 'response');
    assert.equal(answer[':status'], expected, JSON.stringify(headers));
    stream.on('error', () => {}).close();
  }
});
