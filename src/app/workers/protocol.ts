/** What the main thread and a worker say to each other: plain data, compiled modules and shared memory. */
import type { Environment } from '../../config/environment.ts';
import type { Config } from '../../config/schema.ts';
import type { CacheFigures, CacheRow, CacheScope } from '../../decision/planes.ts';
import type { ServerStatus } from '../../observe/status.ts';
import type { MetricValues } from '../../observe/summed-metrics.ts';
import type { ListedHost } from '../../policy/network/host-rules.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { PublicAddresses } from '../data-planes.ts';
import type { PostedLines } from './posted-lines.ts';

/** What a worker is started with. */
export interface WorkerData {
  /** 1 for the first worker; a worker that replaces another has a number of its own. */
  readonly number: number;
  /** With its part of what is bounded. */
  readonly config: Config;
  /** Only the variables that policies may read. */
  readonly env: Environment;
  readonly descriptorSet: Uint8Array | undefined;
  readonly hosts: readonly ListedHost[];
  readonly labels: Readonly<Record<string, string>>;
  /** Whether prints are wanted here, and not in the log. */
  readonly tellsPrints: boolean;
  /** Two 32-bit numbers: what the worker counts up while it is alive, and how many clients it has that it can ask to connect again. */
  readonly beat: SharedArrayBuffer;
}

/** What health checks are told. */
export interface PostedReadiness {
  readonly stopping: boolean;
  readonly reasons: readonly string[];
  /** By policy set. */
  readonly policySets: Readonly<
    Record<string, { readonly ready: boolean; readonly reasons: readonly string[] }>
  >;
}

/** An entrypoint whose footprint was caught wrong. */
export interface Distrusted {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly policyDigest: string;
}

export interface Switched {
  readonly scope: CacheScope;
  readonly on: boolean;
}

/** What the main thread may ask of a worker. */
export interface WorkerCalls {
  /** Builds it aside, under a number. */
  stage(staged: { readonly number: number; readonly prepared: PreparedPolicySet }): Promise<void>;
  activate(number: number): void;
  discard(number: number): void;
  usable(change: { readonly policySet: string; readonly usable: boolean }): void;
  readiness(readiness: PostedReadiness): void;
  listen(addresses: PublicAddresses): Promise<PublicAddresses>;
  drain(graceMs: number): Promise<void>;
  close(nothing: undefined): Promise<void>;
  /** Asks one client to connect again. */
  retireOne(nothing: undefined): void;
  metrics(nothing: undefined): Promise<readonly MetricValues[]>;
  cache(nothing: undefined): CacheFigures;
  flush(scope: CacheScope): number;
  turn(switched: Switched): readonly CacheRow[];
  distrust(distrusted: Distrusted): void;
}

/** What a worker may ask of the main thread. */
export interface MainCalls {
  /** It is ready to be asked. */
  ready(nothing: undefined): void;
  /** A line of the server's log, with its end. */
  log(line: string): void;
  print(printed: { readonly policySet: string; readonly message: string }): void;
  /** Resolves when they are written. */
  write(lines: PostedLines): Promise<void>;
  /** The metrics of all workers. */
  metrics(nothing: undefined): Promise<string>;
  status(nothing: undefined): ServerStatus | Promise<ServerStatus>;
  distrusted(distrusted: Distrusted): void;
  /** A connection came in by a Unix socket. */
  connected(nothing: undefined): void;
}
