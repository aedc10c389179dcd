/** What `serve` needs of the composition root. */
import type { Address } from '../config/address.ts';
import type { Config } from '../config/schema.ts';

export interface RunningServer {
  /** Where the listeners listen, by name; ports as bound. */
  readonly addresses: Readonly<Partial<Record<'grpc' | 'http' | 'admin', Address>>>;
  /** Fetches all bundles now. */
  reload(): Promise<void>;
  /** Lets the calls under way end, then stops. */
  stop(): Promise<void>;
}

export type StartServer = (config: Config) => Promise<RunningServer>;
