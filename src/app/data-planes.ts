import type { Address } from '../config/address.ts';
import type { ActivePolicySets, CacheControl, DataPlaneControl } from '../decision/planes.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ServerStatus } from '../observe/status.ts';
import type { Readiness } from '../services/readiness.ts';

/** What callers may learn of the whole server, wherever they are answered. */
export interface ServerFacts {
  readonly readiness: Readiness;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly status: () => ServerStatus | Promise<ServerStatus>;
  /** The metrics page. */
  readonly metrics: () => Promise<string>;
}

/** Where callers are answered. */
export interface PublicAddresses {
  readonly grpc: Address;
  readonly http: Address | undefined;
}

/** Everything that answers callers: in the main thread (`LocalPlanes`), or in several threads (`WorkerPlanes`). */
export interface DataPlanes extends DataPlaneControl, ActivePolicySets {
  readonly cache: CacheControl;
  /** Of the main thread: what the control plane counts goes there. */
  readonly metrics: Metrics;
  /** All metrics, those of other threads included. */
  metricsPage(): Promise<string>;
  /** What keeps them from answering, for people; empty when nothing does. */
  missing(): readonly string[];
  /** Opens the listeners for callers; gives the addresses as bound. Rejects as `GrpcTransport.listen` does. */
  listen(facts: ServerFacts): Promise<PublicAddresses>;
  /** Opens the files of decision logs anew, after a rotation. */
  reopenLogs(): void;
  /** Stops accepting and lets calls in flight end within the time. */
  drain(graceMs: number): Promise<void>;
  /** Frees everything, and writes what the logs hold. */
  close(): Promise<void>;
}
