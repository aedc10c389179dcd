/** Streams whose messages take long: they are worked off in slices, as calls are, and nothing else waits for all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { SHUTTING_DOWN } from '../../src/transport/grpc-status.ts';
import { type BareConnection, bareServer } from './bare-connection.ts';
import { type Busy, busyServer, ECHO, MUCH, names, PATHS, stream } from './busy-streams.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { WireClient } from './raw-client.ts';
import { headerFrames, request, requestFields } from './requests.ts';
import { createTransport } from './subject.ts';

const ended = ({ connection }: BareConnection): boolean => connection.calls.size === 0;

async function until(connection: BareConnection, done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !done(); turn++) await connection.turn();
  assert.ok(done());
}

for (const [kind, path] of Object.entries(PATHS)) {
  test(`${kind}: messages that take no time are worked off in the turn that brought them`, async () => {
    const server = busyServer(0);
    const client = server.connect();
    client.send(stream(1, path, 500));
    await client.turn();
    assert.equal(server.worked.length, 500);
    await client.turn();
    assert.deepEqual([ended(client), server.ended], [true, ['whole']]);
  });

  test(`${kind}: 300 messages of a millisecond are worked off in slices and in their order, and others are served meanwhile`, async () => {
    const server = busyServer(1);
    const [client, other] = [server.connect(), server.connect()];
    client.send(stream(1, path, 300));
    for (let turn = 0, before = 0; !ended(client); turn++) {
      assert.ok(turn < 300, 'it comes to an end');
      if (turn === 3) other.send(request(1, ECHO, h2.message('other')));
      await client.turn();
      const count = server.worked.length - before;
      assert.ok(count <= 12, `${count} messages in turn ${turn}`);
      before = server.worked.length;
    }
    assert.ok(server.worked.indexOf('other') < 60);
    const own = server.worked.filter((text) => text !== 'other');
    assert.deepEqual(own, names(300, path === PATHS.giving ? 'g' : 'a'));
    assert.deepEqual([server.ended, server.scope.accounts.heldBytes], [['whole'], 0]);
    await other.turn();
    assert.ok(ended(other));
  });

  const ends: Readonly<Record<string, (server: Busy, client: BareConnection) => void>> = {
    'is reset': (_server, client) => client.send(h2.reset(1)),
    'passes its deadline': (server) => {
      server.nowMs += 10_000;
      server.scope.deadlines.expire();
    },
    'is cut': (_server, { connection }) => connection.calls.get(1)!.cut(SHUTTING_DOWN),
    'loses its connection': (_server, { connection }) => connection.abandon(),
  };
  for (const [how, end] of Object.entries(ends)) {
    test(`${kind}: a stream that ${how} while it waits for its turn works on nothing more, and its handler ends`, async () => {
      const server = busyServer(5);
      const client = server.connect();
      client.send(stream(1, path, 100, 'a', '5S'));
      await client.turn();
      const before = server.worked.length;
      assert.ok(before > 0 && before < 5, `${before} messages`);
      end(server, client);
      // Not in a later turn of the event loop.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      assert.deepEqual([server.worked.length, ended(client)], [before, true]);
      assert.equal(server.ended.length, 1);
      assert.deepEqual([server.scope.accounts.heldBytes, server.errors], [0, []]);
      // Nothing of it is left in the line.
      const other = server.connect();
      other.send(request(1, ECHO, h2.message('other')));
      await other.turn();
      assert.equal(server.worked.at(-1), 'other');
    });
  }
}

test('streams take turns with each other and with the calls that wait', async () => {
  const server = busyServer(5);
  const [first, second] = [server.connect(), server.connect()];
  first.send(stream(1, PATHS.bidi, 10, 'a'), stream(3, PATHS.bidi, 10, 'b'));
  second.send(
    ...Array.from({ length: 5 }, (_, index) => request(2 * index + 1, ECHO, h2.message(`c${index}`))),
  );
  let turns = 0;
  await until(first, () => turns++ > 0 && ended(first) && ended(second));
  // An answer does not wait for a turn beside that of its message.
  assert.ok(turns < 30, `${turns} turns`);
  const places = (text: string): number[] =>
    server.worked.flatMap((worked, place) => (worked.startsWith(text) ? [place] : []));
  for (const text of ['a', 'b', 'c'])
    assert.deepEqual(
      server.worked.filter((worked) => worked.startsWith(text)),
      names(text === 'c' ? 5 : 10, text),
    );
  assert.ok(places('c').at(-1)! < 17, server.worked.join(' '));
  assert.ok(Math.abs(places('a').at(-1)! - places('b').at(-1)!) <= 2, server.worked.join(' '));
});

for (const path of Object.values(PATHS)) {
  test(`${path}: streams that were taken back while they waited keep nobody in the line`, async () => {
    const server = busyServer(5);
    const client = server.connect();
    client.send(...[1, 3, 5].map((id) => stream(id, path, 10)));
    await client.turn();
    client.send(...[1, 3, 5].map((id) => h2.reset(id)));
    await client.turn();
    server.nowMs += 10;
    const before = server.worked.length;
    client.send(request(7, ECHO, h2.message('other')));
    assert.deepEqual(server.worked.slice(before), ['other']);
  });
}

/** Many messages of microseconds, so that a stream is always in the line: 300 ms in all. */
const SHORT_MS = 0.05;
const SHORT_COUNT = 6000;

for (const path of [PATHS.taking, PATHS.bidi, PATHS.giving]) {
  test(`${path}: a stream of many short messages takes nothing from the calls of other connections`, async () => {
    const server = busyServer(SHORT_MS);
    const [busy, other] = [server.connect(), server.connect()];
    busy.send(stream(1, path, SHORT_COUNT));
    let asked = 0;
    for (let turn = 0; turn < 25; turn++) {
      const calls = Array.from({ length: 8 }, () => request(2 * asked++ + 1, ECHO, h2.message('other')));
      other.send(...calls);
      await other.turn();
    }
    // More than a turn's worth at once: what waits of it goes on in slices of its own.
    const many = Array.from({ length: 300 }, () => request(2 * asked++ + 1, ECHO, h2.message('other')));
    other.send(...many);
    for (let turn = 0; turn < 4; turn++) await other.turn();
    assert.deepEqual([ended(other), ended(busy)], [true, false]);
    assert.equal(server.worked.filter((text) => text === 'other').length, asked);
    await until(busy, () => ended(busy));
    assert.equal(server.worked.length, asked + SHORT_COUNT);
  });
}

test('streams of one connection that wait go on in whole slices, as one alone does', async () => {
  const server = busyServer(SHORT_MS);
  const client = server.connect();
  client.send(...[1, 3, 5].map((id) => stream(id, PATHS.bidi, 1000)));
  let turns = 0;
  await until(client, () => ++turns > 0 && ended(client));
  // 150 ms in slices of 5.
  assert.ok(turns < 45, `${turns} turns`);
});

test('a stream that has nothing to read does not wait in line for that', async () => {
  const server = busyServer(1);
  const [busy, other] = [server.connect(), server.connect()];
  busy.send(stream(1, PATHS.bidi, 100));
  await busy.turn();
  // The slice of this turn is used up.
  server.nowMs += 10;
  other.send(request(1, PATHS.bidi, Buffer.alloc(0)));
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.deepEqual([ended(other), ended(busy)], [true, false]);
});

test('a bidi stream that gives much for one message does so in slices', async () => {
  const server = busyServer(1);
  const client = server.connect();
  client.send(stream(1, MUCH, 2));
  for (let turn = 0, before = 0; !ended(client); turn++) {
    assert.ok(turn < 300, 'it comes to an end');
    await client.turn();
    const count = server.worked.length - before;
    assert.ok(count <= 12, `${count} messages in turn ${turn}`);
    before = server.worked.length;
  }
  assert.equal(server.worked.length, 200);
});

test('a handler that is between two messages when its call ends hears of it without a turn', async () => {
  const pause = Promise.withResolvers<void>();
  const heard: unknown[] = [];
  const server = bareServer([
    {
      path: PATHS.bidi,
      kind: 'bidi',
      handler: async function* (messages) {
        try {
          for await (const message of messages) {
            yield message;
            await pause.promise;
          }
        } catch (error) {
          heard.push((error as PortcullisError).code);
        }
      },
    },
    {
      path: ECHO,
      kind: 'unary',
      handler: (message) => {
        server.nowMs += 10;
        return message;
      },
    },
  ]);
  const client = server.connect();
  client.send(stream(1, PATHS.bidi, 3));
  await client.turn();
  // Calls of the same connection wait.
  client.send(h2.reset(1), ...[3, 5, 7, 9, 11, 13].map((id) => request(id, ECHO, h2.message('other'))));
  assert.ok(client.connection.calls.size > 0);
  pause.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.deepEqual(heard, ['cancelled']);
});

test('over sockets: windows are given back while a stream waits for its turn', async (t) => {
  let worked = 0;
  const taking: RpcMethod = {
    path: PATHS.taking,
    kind: 'bidi',
    handler: async function* (messages) {
      for await (const message of messages) {
        for (const endMs = performance.now() + 3; performance.now() < endMs; );
        if (message.length > 0) worked++;
      }
      yield Buffer.from('end');
    },
  };
  const transport = createTransport({ address: { kind: 'tcp', host: '127.0.0.1', port: 0 } }, [taking]);
  const client = await WireClient.connect(await transport.listen());
  t.after(async () => {
    client.close();
    await transport.drain(0);
  });
  const count = 60;
  const message = h2.message(Buffer.alloc(16_000));
  client.write(
    request(1, PATHS.taking, Buffer.concat(Array.from({ length: count }, () => message))).subarray(0, -10),
  );
  await client.frame(({ type, stream: id }) => type === h2.WINDOW_UPDATE && id === 1, 'a window update');
  assert.ok(worked < count - 5, `${worked} messages`);
});

test('the window of a stream that waits is given back in the same turn', async () => {
  const server = busyServer(1);
  const client = server.connect();
  const messages = Buffer.concat(Array.from({ length: 60 }, () => h2.message(Buffer.alloc(16_000))));
  client.send(headerFrames(1, encodeBlock(requestFields(PATHS.taking))));
  for (let at = 0; at < messages.length; at += 16_384)
    client.send(h2.data(1, messages.subarray(at, at + 16_384)));
  const updates = (): number =>
    client.frames.filter(({ type, stream }) => type === h2.WINDOW_UPDATE && stream === 1).length;
  await until(client, () => updates() > 0);
  assert.ok(server.worked.length < 50, `${server.worked.length} messages`);
});

test('a client that takes no answers holds a stream back all the same', async () => {
  const server = busyServer(1);
  const client = server.connect();
  client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 40]), stream(1, PATHS.giving, 100));
  for (let turn = 0; turn < 30; turn++) await client.turn();
  assert.ok(server.worked.length < 8, `${server.worked.length} messages`);
  client.send(h2.windowUpdate(1, 10_000));
  await until(client, () => ended(client));
  assert.equal(server.worked.length, 100);
});
