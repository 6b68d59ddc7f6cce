import { hash } from 'node:crypto';
import type { Scopes } from './scopes.ts';

/** One bearer token, of which only the digest is known. */
export interface Token {
  /** For logs, error texts and limits; two tokens of one name are the old and the new one of a rotation. */
  readonly name: string;
  /** SHA-256 of the token in lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly scopes: Scopes;
  /** Unix time from which it counts no more; undefined: never. */
  readonly expiresAtMs: number | undefined;
}

/** What tokens made by Frond begin with, so that people and secret scanners know one when they see it. */
export const TOKEN_PREFIX = 'frond_';

/**
 * SHA-256 without salt or stretching, which passwords would need: a token of 256 random bits cannot be guessed from its
 * digest.
 */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'hex');
}
