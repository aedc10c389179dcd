/**
 * The configuration: one schema. Its descriptions become docs/configuration.md, its JSON Schema
 * docs/portcullis.schema.json. What spans several fields is in cross-checks.ts.
 */
import { z } from 'zod';
import { type ClientConfig, client } from './clients.ts';
import { type DecisionLogConfig, decisionLog, type LoggingConfig, logging } from './decision-log.ts';
import { type EvaluationConfig, evaluation } from './evaluation.ts';
import { type ExtAuthzConfig, extAuthz } from './ext-authz.ts';
import { type Milliseconds, name, named, path, timeout } from './fields.ts';
import { type KeyConfig, key } from './keys.ts';
import { type CacheConfig, cache, type LimitsConfig, limits } from './limits.ts';
import {
  type AdminListenerDraft,
  adminListener,
  type GrpcListenerConfig,
  grpcListener,
  type HttpListenerConfig,
  httpListener,
} from './listeners.ts';
import { type NetworkConfig, networkSchema } from './network.ts';
import { type PolicySetConfig, policySet } from './policy-sets.ts';

/** The configuration in effect: complete, checked, frozen, paths absolute. */
export interface Config {
  readonly stateDir: string;
  readonly workers: number | 'auto';
  readonly grpc: GrpcListenerConfig;
  readonly http: false | HttpListenerConfig;
  readonly admin: false | GrpcListenerConfig;
  /** Undefined: everyone whom a listener accepts. */
  readonly clients?: Readonly<Record<string, ClientConfig>> | undefined;
  readonly keys: Readonly<Record<string, KeyConfig>>;
  readonly policySets: Readonly<Record<string, PolicySetConfig>>;
  readonly dataApi: DataApiConfig;
  /** Undefined: not offered. */
  readonly extAuthz?: ExtAuthzConfig | undefined;
  readonly cache: CacheConfig;
  readonly limits: LimitsConfig;
  readonly evaluation: EvaluationConfig;
  readonly decisionLog: DecisionLogConfig;
  readonly logging: LoggingConfig;
  readonly runtime: RuntimeConfig;
  /** Undefined: policies reach no network. */
  readonly network?: NetworkConfig | undefined;
  readonly health: HealthConfig;
  readonly shutdownGrace: Milliseconds;
}

export interface DataApiConfig {
  /** Undefined: the only policy set there is; none of them when there are several. */
  readonly policySet?: string | undefined;
}

export interface RuntimeConfig {
  /** Names of environment variables that policies see in `opa.runtime().env`. */
  readonly env: readonly string[];
}

export interface HealthConfig {
  readonly serviceNames: readonly string[];
}

/** As parsed: the admin listener's default address follows from `stateDir`. */
export type ConfigDraft = Omit<Config, 'admin'> & { readonly admin: false | AdminListenerDraft };

const dataApi: z.ZodType<DataApiConfig> = z
  .strictObject({
    policySet: name()
      .optional()
      .describe('The policy set that `/v1/data` asks. By default the only one there is.'),
  })
  .prefault({})
  .describe("OPA's Data API on the HTTP listener.");

const runtime: z.ZodType<RuntimeConfig> = z
  .strictObject({
    env: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'name an environment variable'))
      .prefault([])
      .describe('Environment variables that policies may read with `opa.runtime()`. None by default.'),
  })
  .prefault({})
  .describe('What policies may know of the host.');

const health: z.ZodType<HealthConfig> = z
  .strictObject({
    serviceNames: z
      .array(z.string().min(1))
      .prefault([])
      .describe("Further service names that `grpc.health.v1` answers for, with the server's state."),
  })
  .prefault({})
  .describe('Health of the server.');

/** Each holds a copy of the base data in the memory of its modules. */
const MAX_WORKERS = 256;

export const configSchema: z.ZodType<ConfigDraft> = z
  .strictObject({
    stateDir: path()
      .prefault('.portcullis')
      .describe(
        'Where the last known good bundles and their sequence numbers are kept. Created when missing.',
      ),
    workers: z
      .union([
        z
          .int('write a whole number, or auto')
          .min(1, 'write 1 or more, or auto')
          .max(MAX_WORKERS, `write at most ${MAX_WORKERS}`),
        z.literal('auto'),
      ])
      .prefault(1)
      .describe(
        'How many threads answer callers. With 1 it is the main thread that does everything. More take a core each, and share the addresses of `grpc` and `http`; `auto` starts as many as the machine has cores. What the cache, the decision log, connections and policy threads may use is divided among them (docs/limits.md).',
      ),
    grpc: grpcListener,
    http: httpListener,
    admin: adminListener,
    clients: named(client)
      .refine(
        (value) => Object.keys(value).length > 0,
        'add a client, or leave clients out to let everyone ask',
      )
      .optional()
      .describe(
        'Who may ask what, by a name of your choice. Without it, everyone whom a listener accepts may ask; with it, nobody else.',
      ),
    keys: named(key).prefault({}).describe('Keys that verify bundles, by key id.'),
    policySets: named(policySet)
      .refine((value) => Object.keys(value).length > 0, 'add a policy set with a bundle')
      .describe('The policy sets, by name. A policy set is the unit of tenancy.'),
    dataApi,
    extAuthz: extAuthz.optional(),
    cache,
    limits,
    evaluation,
    decisionLog,
    logging,
    runtime,
    network: networkSchema.optional(),
    health,
    shutdownGrace: timeout()
      .prefault('10s')
      .describe('How long calls under way may take to finish when the server stops.'),
  })
  .describe('Configuration of Portcullis.');
