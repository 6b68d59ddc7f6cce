import { FrondError } from '../../errors.ts';
import { TOKEN_PREFIX } from './token.ts';

/** RFC 6750, section 2.1; the scheme's name in any case (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/**
 * The first Authorization field. Reads the raw list, because `req.headers` builds an object for every request.
 * @param rawHeaders names and values in turn
 */
export function authorizationOf(rawHeaders: readonly string[]): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== 13 || (name !== 'Authorization' && name.toLowerCase() !== 'authorization')) continue;
    return rawHeaders[i + 1]!;
  }
  return undefined;
}

/** The token in an Authorization field; undefined when it is of another scheme. */
export function bearerOf(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** A look that costs little and misses none of what is looked for below. */
const SUSPICIOUS = /token|bearer|auth|key|frond_|%/i;
const TOKEN_NAME = /^(?:access|admin|api)?[_-]?token$|^bearer$|^authorization$|^api[_-]?key$/i;

/** URLs end up in logs and histories. @throws FrondError TOKEN_IN_URL, without the token, when one is in the query */
export function refuseTokenInUrl(url: string): void {
  const mark = url.indexOf('?');
  if (mark < 0 || !SUSPICIOUS.test(url)) return;
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (!TOKEN_NAME.test(name) && !value.includes(TOKEN_PREFIX)) continue;
    throw new FrondError('TOKEN_IN_URL', {});
  }
}
