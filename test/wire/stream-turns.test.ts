/** Streams whose messages take long: they are worked off in slices, as calls are, and nothing else waits for all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { SHUTTING_DOWN } from '../../src/transport/grpc-status.ts';
import { type BareConnection, type BareServer, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { headerFrames, request, requestFields } from './requests.ts';

const PATHS = { bidi: '/wire.Test/Bidi', taking: '/wire.Test/Taking', giving: '/wire.Test/Giving' };
const ECHO = '/wire.Test/Echo';

interface Busy extends BareServer {
  /** What handlers have worked on, in order. */
  readonly worked: string[];
  /** How handlers of streams ended. */
  readonly ended: string[];
  /** What a message takes, by the clock of the server. */
  workMs: number;
}

/** A server of streams that answer each message (bidi), none (taking), or one with many (giving), and of unary calls. */
function busyServer(workMs: number): Busy {
  const worked: string[] = [];
  const ended: string[] = [];
  const work = (text: string): void => {
    worked.push(text);
    server.nowMs += server.workMs;
  };
  async function* told(messages: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let end = 'stopped';
    try {
      yield* messages;
      end = 'whole';
    } catch (error) {
      end = error instanceof PortcullisError ? error.code : 'thrown';
      throw error;
    } finally {
      ended.push(end);
    }
  }
  async function* worksOn(messages: AsyncIterable<Uint8Array>, answers: boolean): AsyncGenerator<Uint8Array> {
    for await (const message of messages) {
      work(Buffer.from(message).toString());
      if (answers) yield message;
    }
  }
  async function* giving(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) {
      work(`g${index}`);
      yield Buffer.from(`g${index}`);
    }
  }
  const methods: RpcMethod[] = [
    { path: PATHS.bidi, kind: 'bidi', handler: (messages) => told(worksOn(messages, true)) },
    { path: PATHS.taking, kind: 'bidi', handler: (messages) => told(worksOn(messages, false)) },
    {
      path: PATHS.giving,
      kind: 'server-stream',
      handler: (message) => told(giving(Number(Buffer.from(message).toString()))),
    },
    {
      path: ECHO,
      kind: 'unary',
      handler: (message) => {
        work(Buffer.from(message).toString());
        return message;
      },
    },
  ];
  const server: Busy = Object.assign(bareServer(methods), { worked, ended, workMs });
  return server;
}

/** A stream with so many messages, `a0`, `a1` and so on; what it asks of a giving one is how many. */
function stream(id: number, path: string, count: number, text = 'a', timeout?: string): Buffer {
  const messages = Array.from({ length: count }, (_, index) => h2.message(`${text}${index}`));
  const body = path === PATHS.giving ? h2.message(`${count}`) : Buffer.concat(messages);
  return request(id, path, body, timeout === undefined ? {} : { 'grpc-timeout': timeout });
}

const names = (count: number, text = 'a'): string[] => Array.from({ length: count }, (_, n) => `${text}${n}`);

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
      await client.turn();
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
  await until(first, () => ended(first) && ended(second));
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
