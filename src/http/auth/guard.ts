import type { IncomingMessage } from 'node:http';
import type { FrondError } from '../../errors.ts';
import type { HttpCounters } from '../../metrics/http-counters.ts';
import { refusal } from '../refusal.ts';
import { isDirectLoopback } from './loopback.ts';
import type { Token } from './token.ts';
import type { Credential, TokenBook } from './token-book.ts';

/** Says which requests may do what, by the tokens in force. */
export class Guard {
  readonly tokens: TokenBook;
  readonly #counters: HttpCounters;

  constructor(tokens: TokenBook, counters: HttpCounters) {
    this.tokens = tokens;
    this.#counters = counters;
  }

  /**
   * IDs are free to all while there is no tokens file.
   * @param target a tag, `@snowflake` or `@uuid`
   * @param standIns further kinds that may answer
   * @throws FrondError UNAUTHORIZED, FORBIDDEN
   */
  requireIds(credential: Credential, target: string, standIns: readonly string[] = []): void {
    if (!this.tokens.closed) return;
    const token = this.#tokenOf(credential, 'This route');
    if (!token.scopes.allowsIds(target)) throw this.#lacks(token, `ids:${target}`);
    for (const kind of standIns) {
      if (!token.scopes.allowsIds(`@${kind}`)) throw this.#lacks(token, `ids:@${kind}`);
    }
    this.#counters.auth.granted += 1;
  }

  /** True when `requireMetrics` lets it pass. */
  allowsMetrics(credential: Credential): boolean {
    return !this.tokens.closed || (typeof credential === 'object' && credential.scopes.metrics);
  }

  /** /metrics and /status, free to all while there is no tokens file. @throws FrondError UNAUTHORIZED, FORBIDDEN */
  requireMetrics(credential: Credential): void {
    if (this.tokens.closed) this.#requireScope(credential, 'metrics', 'This route');
  }

  /**
   * Only for tokens with the scope `admin`; without any token, for direct loopback callers.
   * @param resource what is guarded, for the error text
   * @throws FrondError UNAUTHORIZED, FORBIDDEN
   */
  requireAdmin(credential: Credential, req: IncomingMessage, resource: string): void {
    if (!this.tokens.none) this.#requireScope(credential, 'admin', resource);
    else if (!isDirectLoopback(req)) {
      this.#counters.auth.forbidden += 1;
      throw refusal('FORBIDDEN', { resource });
    }
  }

  #requireScope(credential: Credential, scope: 'admin' | 'metrics', resource: string): void {
    const token = this.#tokenOf(credential, resource);
    if (!token.scopes[scope]) throw this.#lacks(token, scope);
    this.#counters.auth.granted += 1;
  }

  #tokenOf(credential: Credential, resource: string): Token {
    if (typeof credential === 'object') return credential;
    this.#counters.auth[credential] += 1;
    throw refusal('UNAUTHORIZED', { resource, reason: credential });
  }

  #lacks({ name }: Token, scope: string): FrondError {
    this.#counters.auth.forbidden += 1;
    return refusal('FORBIDDEN', { token: name, scope });
  }
}
