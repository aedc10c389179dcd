/** Many requests through Envoy on connections that are kept. */
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A client of one listener, over at most so many connections. */
export class LoadClient {
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, connections: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Rejects when there is no answer. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: this.#port, path, headers, agent: this.#agent });
      sent.once('error', reject);
      sent.once('response', (response) => {
        buffer(response).then(
          (body) =>
            resolve({ status: response.statusCode!, headers: response.headers, body: body.toString() }),
          reject,
        );
      });
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Runs `act` in so many loops at once until it says that it is enough; gives how often it ran. */
export async function repeat(loops: number, act: (n: number) => Promise<boolean>): Promise<number> {
  let runs = 0;
  const loop = async (): Promise<void> => {
    while (await act(runs++));
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return runs;
}
