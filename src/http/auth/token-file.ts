import { z } from 'zod';
import { FrondError } from '../../errors.ts';
import { SCOPE, SCOPE_EXPECTED, Scopes } from './scopes.ts';
import { TOKEN_PREFIX, type Token } from './token.ts';

/** Begins with a letter and has no colon: never the same as a network address. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** One entry of the file, as text and JSON have it. */
export const TokenEntry = z.strictObject({
  name: z.string().regex(NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i),
  scopes: z.array(z.string().regex(SCOPE)).min(1).max(1000),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

export type TokenEntry = z.infer<typeof TokenEntry>;

const TokenFile = z.strictObject({ tokens: z.array(TokenEntry).min(1).max(10_000) });

const EXPECTED: Readonly<Record<string, string>> = {
  tokens: 'a list of 1 to 10000 tokens',
  name: '1 to 64 characters of A-Z a-z 0-9 . _ - beginning with a letter',
  sha256: 'the SHA-256 of the token, 64 hexadecimal digits',
  scopes: `a list of at least one of ${SCOPE_EXPECTED}`,
  expiresAt: 'a time as 2027-01-01T00:00:00Z, or nothing',
};

function invalid(problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting: 'FROND_TOKENS_FILE', problem });
}

/** `tokens[2] (orders)`; the name only where it is surely one and no misplaced token. */
function entryLabel(file: unknown, index: PropertyKey | undefined): string {
  const name = (file as { tokens?: { name?: unknown }[] })?.tokens?.[Number(index)]?.name;
  const shown = typeof name === 'string' && NAME.test(name) && !name.startsWith(TOKEN_PREFIX) ? ` (${name})` : '';
  return `tokens[${String(index)}]${shown}`;
}

/** What is wrong, by entry and field. Values are not shown: somebody may have put the token itself into one. */
export function entryProblem({ code, path, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys') {
    const [key = ''] = (issue as unknown as { keys: string[] }).keys;
    return `unknown field ${JSON.stringify(key.slice(0, 40))}; an entry has name, sha256, scopes and expiresAt`;
  }
  const field = String(path[0] ?? '');
  const place = path.length > 1 ? `${field}[${String(path[1])}]` : field;
  return `${place}: expected ${place === field ? (EXPECTED[field] ?? 'an object') : SCOPE_EXPECTED}`;
}

function fileProblem(file: unknown, issue: z.core.$ZodIssue): string {
  const [top, index, ...rest] = issue.path;
  if (index === undefined) return `expected an object with nothing but "tokens", ${EXPECTED['tokens']}`;
  if (rest.length === 0 && issue.code !== 'unrecognized_keys')
    return `${String(top)}[${String(index)}]: expected an object`;
  return `${entryLabel(file, index)}, ${entryProblem({ ...issue, path: rest })}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words show the text around the mistake.
    throw invalid('not valid JSON');
  }
}

function tokenOf({ name, sha256, scopes, expiresAt }: TokenEntry): Token {
  const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  return { name, sha256: sha256.toLowerCase(), scopes: new Scopes(scopes), expiresAtMs };
}

/**
 * The tokens in the text of a tokens file.
 * @throws FrondError INVALID_CONFIG naming the entry and the field, and never a value
 */
export function parseTokenFile(text: string): readonly Token[] {
  const file = parseJson(text);
  const parsed = TokenFile.safeParse(file);
  if (!parsed.success) throw invalid(fileProblem(file, parsed.error.issues[0]!));
  const tokens = parsed.data.tokens.map(tokenOf);
  const seen = new Map<string, number>();
  for (const [i, { sha256 }] of tokens.entries()) {
    const first = seen.get(sha256);
    if (first !== undefined) {
      throw invalid(`${entryLabel(file, i)}, sha256: the same token as ${entryLabel(file, first)}`);
    }
    seen.set(sha256, i);
  }
  return tokens;
}
