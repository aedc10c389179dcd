/** What every peer is given: the same rules, the same data, and traffic whose answers are known. */
import type { Call } from '../../cache/envelope.ts';
import type { Random } from '../../distributions.ts';

export interface PolicySet {
  readonly name: string;
  readonly title: string;
  /** For OPA, its plugin and Portcullis: byte for byte the same. Answers at {@link ENTRYPOINT}. */
  readonly rego: string;
  /** Text of `data.json`. */
  readonly dataJson: string;
  /** The same for Cerbos; a sentence says why where that makes no sense. */
  readonly cerbos: CerbosPolicies | string;
  /** One request of the traffic and whether the rules allow it. */
  call(random: Random): Wish;
}

/** Files by name, and what a request is in Cerbos' terms. */
export interface CerbosPolicies {
  readonly files: Readonly<Record<string, string>>;
  /** Beside storage and addresses. */
  readonly configuration: string;
  request(wish: Wish): CerbosRequest;
}

export interface CerbosRequest {
  readonly principal: string;
  readonly roles: readonly string[];
  readonly kind: string;
  readonly action: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly token?: string;
}

export interface Wish {
  readonly call: Call;
  readonly allowed: boolean;
}

export const ENTRYPOINT = 'envoy/authz/allow';

/** The head that all policies share. The annotation is a comment to OPA. */
export const HEAD = `package envoy.authz

# METADATA
# entrypoint: true
default allow := false

http := input.attributes.request.http

path := split(http.path, "?")[0]
`;

export const ADDRESS = '10.1.2.3';
export const HOST = 'api.shop.example';

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
