import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { IdKind } from '../allocators/allocator.ts';
import type { Clock } from '../system/clock.ts';
import type { Guard } from './auth/guard.ts';
import type { Credential } from './auth/token-book.ts';
import type { IdPath } from './id-path.ts';
import { clientAddress } from './limits/client-address.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import type { LoadShedder } from './overload/load-shedder.ts';

export interface GateParts {
  readonly guard: Guard;
  readonly limits: RateLimits;
  readonly shedder: LoadShedder;
  readonly clock: Clock;
}

/**
 * What a request passes before it is answered: how often its client may ask (`enter`), whether it may, and, off the hot
 * path, whether there is time for it. Routes that are free to all (health, the page, the API document) pass by.
 */
export class Gate {
  readonly #guard: Guard;
  readonly #limits: RateLimits;
  readonly #shedder: LoadShedder;
  readonly #clock: Clock;
  /** True when every request for one ID passes: nothing is limited and nobody needs a token. */
  readonly open: boolean;

  constructor({ guard, limits, shedder, clock }: GateParts) {
    this.#guard = guard;
    this.#limits = limits;
    this.#shedder = shedder;
    this.#clock = clock;
    this.open = !guard.tokens.closed && !limits.limitsClients && !limits.limitsTags;
  }

  /**
   * @param standIns kinds that may answer instead, for which the caller needs the scopes as well
   * @param nowMs monotonic
   * @throws FrondError RATE_LIMITED, UNAUTHORIZED, FORBIDDEN, INVALID_ARGUMENT (count)
   */
  admitIds(req: IncomingMessage, path: IdPath, count: number, standIns: readonly IdKind[], nowMs: number): void {
    this.allowIds(this.enter(req, nowMs), path, count, standIns, nowMs);
  }

  /** `admitIds` for a request that has entered. @throws FrondError RATE_LIMITED (tag), and as `admitIds` */
  allowIds(
    credential: Credential,
    { kind, tag }: IdPath,
    count: number,
    standIns: readonly IdKind[],
    nowMs: number,
  ): void {
    this.#guard.requireIds(credential, tag ?? `@${kind}`, standIns);
    if (tag !== undefined) this.#limits.takeIds(tag, count, nowMs);
  }

  /**
   * Counts a request, whatever comes of it: for its token's name, or for the address where there is no valid one.
   * @param nowMs monotonic
   * @throws FrondError RATE_LIMITED
   */
  enter(req: IncomingMessage, nowMs: number): Credential {
    const credential = this.#guard.tokens.read(req.rawHeaders);
    this.#count(credential, req, nowMs);
    return credential;
  }

  /** The first handler of a route that says what IDs say. @throws FrondError UNAUTHORIZED, FORBIDDEN, OVERLOADED */
  decoding(): RequestHandler {
    return this.#handler(credential => this.#guard.requireIds(credential, '@snowflake'));
  }

  /** The first handler of /status. @throws FrondError UNAUTHORIZED, FORBIDDEN, OVERLOADED */
  status(): RequestHandler {
    return this.#handler(credential => this.#guard.requireMetrics(credential));
  }

  /**
   * The first handler of /metrics: a scrape that may be given is neither counted nor shed, for it is needed most when
   * there is too much of all else. One that may not is counted, or tokens could be guessed here without end.
   * @throws FrondError RATE_LIMITED, UNAUTHORIZED, FORBIDDEN
   */
  metrics(): RequestHandler {
    return (req, _res, next) => {
      const credential = this.#guard.tokens.read(req.rawHeaders);
      if (!this.#guard.allowsMetrics(credential)) this.#count(credential, req, this.#clock.monotonicMs());
      this.#guard.requireMetrics(credential);
      next();
    };
  }

  /**
   * The first handler of an admin route.
   * @param resource what is guarded, for the error text
   * @throws FrondError UNAUTHORIZED, FORBIDDEN, OVERLOADED
   */
  admin(resource: string): RequestHandler {
    return this.#handler((credential, req) => this.#guard.requireAdmin(credential, req, resource));
  }

  #handler(check: (credential: Credential, req: IncomingMessage) => void): RequestHandler {
    return (req, _res, next) => {
      check(this.#guard.tokens.read(req.rawHeaders), req);
      this.#shedder.requireCalm('route');
      next();
    };
  }

  #count(credential: Credential, { socket }: IncomingMessage, nowMs: number): void {
    if (!this.#limits.limitsClients) return;
    const client = typeof credential === 'object' ? credential.name : clientAddress(socket);
    this.#limits.takeRequest(client, nowMs);
  }
}
