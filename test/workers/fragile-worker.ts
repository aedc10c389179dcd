// oxlint-disable unicorn/require-post-message-target-origin -- channels between threads, not windows
/** A worker that does what tests tell it: a real one, and a channel to break it by. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import type { WorkerData } from '../../src/app/workers/protocol.ts';
import { CHANNEL, type Connections, type Told } from './fragile-worker-protocol.ts';

const { number } = workerData as WorkerData;
const ports: number[] = [];
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket };
  ports.push(socket.remotePort ?? 0);
});

const acts: Readonly<Record<Told['act'], () => void>> = {
  connections: () => channel.postMessage({ from: number, ports } satisfies Connections),
  throw: () => {
    setImmediate(() => {
      throw new Error('planted');
    });
  },
  exit: () => process.exit(3),
  loop: () => {
    for (;;);
  },
};
const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = (event) => {
  const { data } = event as unknown as { data: Partial<Told> };
  if (data.number === number && data.act !== undefined) acts[data.act]();
};

await import('../../src/app/workers/worker.ts');
