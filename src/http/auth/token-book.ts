import type { Clock } from '../../system/clock.ts';
import { authorizationOf, bearerOf } from './bearer.ts';
import { Scopes } from './scopes.ts';
import { type Token, tokenDigest } from './token.ts';

const PROVED_MAX = 10_000;
/** "Bearer" and one space; a field that is padded is right too, and not remembered, or a holder could fill the memory. */
const SCHEME_LENGTH = 7;

/** Whom a request comes from, by its Authorization field. */
export type Credential = Token | 'missing' | 'invalid' | 'expired';

/**
 * The tokens that are in force, by their digests.
 *
 * A guess is hashed whole and its digest looked up: how alike two digests are tells nothing about how alike the tokens
 * are, so the time an answer takes says nothing but yes or no.
 *
 * A field that has proved right is remembered, since OpenSSL would cost a quarter of all the rest of a request each
 * time. The look-up tells no more: a Map compares texts only where their hashes are equal, which this process has
 * seeded. What is remembered is in the memory of the process anyway whenever a request brings it.
 */
export class TokenBook {
  /** True when IDs, /status and /metrics need a token too: there is a tokens file. */
  readonly closed: boolean;
  readonly #admin: Token | undefined;
  readonly #clock: Clock;
  #tokens: ReadonlyMap<string, Token> = new Map();
  /** By Authorization field, right ones only. */
  readonly #proved = new Map<string, Token>();

  /**
   * @param adminToken a token with every scope that closes the admin routes only; '' or undefined for none
   * @param closed true when `replace` will bring the tokens of a file
   */
  constructor(clock: Clock, adminToken?: string | undefined, closed = false) {
    this.#clock = clock;
    this.closed = closed;
    if (adminToken !== undefined && adminToken !== '') {
      const sha256 = tokenDigest(adminToken);
      this.#admin = { name: 'admin-token', sha256, scopes: Scopes.all, expiresAtMs: undefined };
    }
    this.replace([]);
  }

  /** True when no token is known and none can come. */
  get none(): boolean {
    return this.#tokens.size === 0 && !this.closed;
  }

  /** Takes all tokens of the file into force, and no others; the admin token stays. */
  replace(tokens: readonly Token[]): void {
    const all = this.#admin === undefined ? tokens : [...tokens, this.#admin];
    this.#tokens = new Map(all.map(token => [token.sha256, token]));
    this.#proved.clear();
  }

  /** @param rawHeaders names and values in turn */
  read(rawHeaders: readonly string[]): Credential {
    if (this.#tokens.size === 0) return 'missing';
    const authorization = authorizationOf(rawHeaders);
    if (authorization === undefined) return 'missing';
    const token = this.#proved.get(authorization) ?? this.#prove(authorization);
    if (typeof token === 'string' || token.expiresAtMs === undefined) return token;
    return this.#clock.wallMs() >= token.expiresAtMs ? 'expired' : token;
  }

  #prove(authorization: string): Token | 'missing' | 'invalid' {
    const bearer = bearerOf(authorization);
    if (bearer === undefined) return 'missing';
    const token = this.#tokens.get(tokenDigest(bearer));
    if (token === undefined) return 'invalid';
    if (authorization.length > SCHEME_LENGTH + bearer.length) return token;
    if (this.#proved.size >= PROVED_MAX) this.#proved.clear();
    this.#proved.set(authorization, token);
    return token;
  }
}
