import { FrondError } from '../errors.ts';
import { TOKEN_PREFIX, tokenDigest } from '../http/auth/token.ts';
import { entryProblem, TokenEntry } from '../http/auth/token-file.ts';
import type { Random } from '../system/random.ts';
import { cliSystem } from './cli-system.ts';

const TOKEN_BYTES = 32;

export interface TokenFlags {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: string | undefined;
}

/**
 * A new token of 256 random bits with its entry for the tokens file; kept nowhere.
 * @throws FrondError INVALID_ARGUMENT
 */
export function makeToken(
  { name, scopes, expiresAt }: TokenFlags,
  json: boolean,
  random: Random = cliSystem.random,
): string {
  const bytes = new Uint8Array(TOKEN_BYTES);
  random.fill(bytes);
  const token = TOKEN_PREFIX + Buffer.from(bytes).toString('base64url');
  const given = { name, sha256: tokenDigest(token), scopes, ...(expiresAt === undefined ? {} : { expiresAt }) };
  const parsed = TokenEntry.safeParse(given);
  if (!parsed.success) {
    const [field = '', expected = ''] = entryProblem(parsed.error.issues[0]!).split(': expected ', 2);
    const value = (given as Readonly<Record<string, unknown>>)[field.replace(/\[.*/, '')];
    throw new FrondError('INVALID_ARGUMENT', { field, value, expected });
  }
  if (json) return JSON.stringify({ token, entry: parsed.data });
  return `token  ${token}
entry  ${JSON.stringify(parsed.data)}

The token is shown this once and kept nowhere: give it to its caller. The entry goes into "tokens" of the tokens file.`;
}
