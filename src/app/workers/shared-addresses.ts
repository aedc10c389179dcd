import type { Address } from '../../config/address.ts';
import type { Config } from '../../config/schema.ts';
import { PortcullisError } from '../../errors.ts';
import type { PublicAddresses } from '../data-planes.ts';
import { SharedSocket } from './shared-socket.ts';
import type { WorkerThread } from './worker-thread.ts';

/** The addresses at which all workers listen: TCP ports that they share, and Unix sockets that lead to one after the other. */
export class SharedAddresses {
  readonly #wanted: PublicAddresses;
  readonly #sockets: ReadonlyMap<string, SharedSocket>;
  readonly #workers: () => readonly WorkerThread[];
  /** As bound; undefined while they are not open. */
  #bound: PublicAddresses | undefined;

  constructor({ grpc, http }: Config, workers: () => readonly WorkerThread[]) {
    this.#wanted = { grpc: grpc.address, http: http ? http.address : undefined };
    const paths = [grpc.address, ...(http ? [http.address] : [])].flatMap((address) =>
      address.kind === 'unix' ? [address.path] : [],
    );
    this.#sockets = new Map(paths.map((path) => [path, new SharedSocket(path)]));
    this.#workers = workers;
  }

  /** Has all workers listen. Rejects as `GrpcTransport.listen` does. */
  async open(): Promise<PublicAddresses> {
    const { grpc, http } = this.#wanted;
    for (const socket of this.#sockets.values()) await socket.prepare();
    // The first one finds out which port a 0 stands for.
    const [first] = this.#workers();
    if (first === undefined) throw new PortcullisError('internal', 'no worker is running');
    const opened = await this.#listen(first, this.#wanted);
    this.#bound = {
      grpc: grpc.kind === 'unix' ? grpc : opened.grpc,
      http: http?.kind === 'unix' ? http : opened.http,
    };
    await Promise.all(this.#workers().map((worker) => this.join(worker)));
    return this.#bound;
  }

  /** Has a worker listen that starts later; nothing while nobody does. */
  async join(worker: WorkerThread): Promise<void> {
    if (this.#bound === undefined) return;
    await (worker.opening ?? this.#listen(worker, this.#bound));
    this.#turn();
  }

  /** A worker is gone. */
  lost(): void {
    if (this.#bound !== undefined) this.#turn();
  }

  /** Somebody came in by a Unix socket. */
  connected(): void {
    this.lost();
  }

  /** The workers close what they have bound. */
  close(): void {
    this.#bound = undefined;
    for (const socket of this.#sockets.values()) socket.remove();
  }

  #listen(worker: WorkerThread, { grpc, http }: PublicAddresses): Promise<PublicAddresses> {
    const own = (address: Address): Address =>
      address.kind === 'tcp'
        ? address
        : { kind: 'unix', path: this.#sockets.get(address.path)!.pathOf(worker.number) };
    worker.opening = worker.calls.ask('listen', { grpc: own(grpc), http: http && own(http) });
    return worker.opening;
  }

  #turn(): void {
    const numbers = this.#workers()
      .filter(({ opening }) => opening !== undefined)
      .map(({ number }) => number);
    for (const socket of this.#sockets.values()) socket.turn(numbers);
  }
}
