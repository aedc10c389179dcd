/** Who asks: people whose tokens live for minutes and are renewed, and the keys that sign them. */
import { makeToken, P256, RSA, type TestKey } from '../../test/support/tokens.ts';
import type { Random } from '../distributions.ts';

export interface Issuer {
  readonly iss: string;
  readonly kid: string;
  readonly alg: string;
  readonly typ: string;
  readonly key: TestKey;
}

/** Those of the demo's gateway, with keys of our own. */
export const CUSTOMERS: Issuer = {
  iss: 'https://accounts.shop.example',
  kid: 'customers-1',
  alg: 'ES256',
  typ: 'JWT',
  key: P256,
};
export const STAFF: Issuer = {
  iss: 'https://login.shop.example',
  kid: 'staff-1',
  alg: 'RS256',
  typ: 'at+jwt',
  key: RSA,
};

const MINUTE_MS = 60_000;
const LIFETIMES_MINUTES = [5, 10, 15, 30, 60];
/** Clients fetch another token so long before the end. */
const RENEWED_BEFORE_MS = 30_000;

/** Somebody with a token. Tokens are signed when they are needed; that everybody begins at another moment is part of it. */
export class Person {
  readonly sub: string;
  readonly #issuer: Issuer;
  readonly #claims: Readonly<Record<string, unknown>>;
  readonly #lifetimeMs: number;
  #authorization = '';
  #untilMs = -Infinity;

  constructor(sub: string, issuer: Issuer, claims: Readonly<Record<string, unknown>>, random: Random) {
    this.sub = sub;
    this.#issuer = issuer;
    this.#claims = claims;
    this.#lifetimeMs = LIFETIMES_MINUTES[Math.floor(random() * LIFETIMES_MINUTES.length)]! * MINUTE_MS;
  }

  /** The Authorization header. */
  authorization(atMs: number, random: Random): string {
    if (atMs < this.#untilMs - RENEWED_BEFORE_MS) return this.#authorization;
    const { iss, kid, alg, typ, key } = this.#issuer;
    // The first token is from before the traffic began.
    const ageMs = this.#authorization === '' ? random() * (this.#lifetimeMs - 2 * RENEWED_BEFORE_MS) : 0;
    const iat = Math.floor((atMs - ageMs) / 1000);
    const exp = iat + this.#lifetimeMs / 1000;
    const jti = Math.floor(random() * 2 ** 53).toString(36);
    const payload = { iss, aud: 'shop', sub: this.sub, iat, exp, jti, ...this.#claims };
    this.#authorization = `Bearer ${makeToken({ alg, kid, typ }, payload, key)}`;
    this.#untilMs = exp * 1000;
    return this.#authorization;
  }
}
