import type { IncomingMessage } from 'node:http';
import type { IdKind } from '../allocators/allocator.ts';
import { refuseTokenInUrl } from './auth/bearer.ts';
import type { Guard } from './auth/guard.ts';
import type { Credential } from './auth/token-book.ts';
import type { IdPath } from './id-path.ts';
import { clientAddress } from './limits/client-address.ts';
import type { RateLimits } from './limits/rate-limits.ts';

/** What a request passes before it is answered: whose it is, whether it may, and how often. */
export class Gate {
  readonly guard: Guard;
  readonly #limits: RateLimits;
  /** True when every request for one ID passes: nothing is limited and nobody needs a token. */
  readonly open: boolean;

  constructor(guard: Guard, limits: RateLimits) {
    this.guard = guard;
    this.#limits = limits;
    this.open = !guard.tokens.closed && !limits.limitsClients && !limits.limitsTags;
  }

  /**
   * The first look at any request; it counts for the token's name, or for the address where there is no valid one.
   * @param nowMs monotonic
   * @throws FrondError RATE_LIMITED; INVALID_ARGUMENT for a token in the URL
   */
  enter(req: IncomingMessage, nowMs: number): Credential {
    refuseTokenInUrl(req.url!);
    const credential = this.guard.tokens.read(req.rawHeaders);
    if (this.#limits.limitsClients) {
      const client = typeof credential === 'object' ? credential.name : clientAddress(req.socket);
      this.#limits.takeRequest(client, nowMs);
    }
    return credential;
  }

  /**
   * @param standIns kinds that may answer instead, for which the caller needs the scopes as well
   * @param nowMs monotonic
   * @throws FrondError UNAUTHORIZED, FORBIDDEN, RATE_LIMITED, INVALID_ARGUMENT (count)
   */
  admitIds(credential: Credential, path: IdPath, count: number, standIns: readonly IdKind[], nowMs: number): void {
    const { kind, tag } = path;
    this.guard.requireIds(credential, tag ?? `@${kind}`, standIns);
    if (tag !== undefined) this.#limits.takeIds(tag, count, nowMs);
  }
}
