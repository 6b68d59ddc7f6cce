import type { Clock } from '../../system/clock.ts';
import { bearerOf } from './bearer.ts';
import { Scopes } from './scopes.ts';
import { type Token, tokenDigest } from './token.ts';

/** Whom a request comes from, by its Authorization field. */
export type Credential = Token | 'missing' | 'invalid' | 'expired';

/**
 * The tokens that are in force, by their digests.
 *
 * A guess is hashed whole and its digest looked up: no character of a token is ever compared, and how alike two
 * digests are tells nothing about how alike the tokens are. So the time an answer takes says nothing but yes or no.
 */
export class TokenBook {
  /** True when IDs, /status and /metrics need a token too: there is a tokens file. */
  readonly closed: boolean;
  readonly #admin: Token | undefined;
  readonly #clock: Clock;
  #tokens: ReadonlyMap<string, Token> = new Map();

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
  }

  /** @param rawHeaders names and values in turn */
  read(rawHeaders: readonly string[]): Credential {
    if (this.#tokens.size === 0) return 'missing';
    const bearer = bearerOf(rawHeaders);
    if (bearer === undefined) return 'missing';
    const token = this.#tokens.get(tokenDigest(bearer));
    if (token === undefined) return 'invalid';
    const expired = token.expiresAtMs !== undefined && this.#clock.wallMs() >= token.expiresAtMs;
    return expired ? 'expired' : token;
  }
}
