import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokenDigest } from '../../../src/http/auth/token.ts';
import { parseTokenFile } from '../../../src/http/auth/token-file.ts';

const SECRET = 'frond_this-is-a-token-that-nobody-may-see';
const ENTRY = { name: 'orders', sha256: tokenDigest(SECRET), scopes: ['ids:order*', 'metrics'] };
const file = (...tokens: unknown[]) => JSON.stringify({ tokens });

function problemOf(text: string): string {
  try {
    parseTokenFile(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
    expect((error as Error).cause).toBeUndefined();
    return (error as Error).message;
  }
  throw new Error('was taken');
}

describe('a tokens file', () => {
  it('gives tokens by their digests', () => {
    const old = { ...ENTRY, sha256: tokenDigest('old').toUpperCase(), expiresAt: '2027-01-01T01:00:00+01:00' };
    const [first, second] = parseTokenFile(file(ENTRY, old));
    expect(first).toMatchObject({ name: 'orders', sha256: ENTRY.sha256, expiresAtMs: undefined });
    expect(first!.scopes.allowsIds('order-7')).toBe(true);
    expect(second).toMatchObject({ name: 'orders', sha256: tokenDigest('old'), expiresAtMs: Date.UTC(2027, 0, 1) });
  });

  it('is taken as the documentation shows it', () => {
    const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    const [token] = parseTokenFile(example);
    expect(token!.scopes.allowsIds('order-7')).toBe(true);
    expect(token!.scopes.allowsIds('@uuid')).toBe(true);
  });

  it('holds the SHA-256 that other tools give', () => {
    // FIPS 180-2, appendix B.1.
    expect(tokenDigest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it.each([
    ['', /^FROND_TOKENS_FILE: not valid JSON/],
    [`{"tokens": [${SECRET}]}`, /^FROND_TOKENS_FILE: not valid JSON\./],
    ['[]', /expected an object with nothing but "tokens"/],
    ['{"tokens":[],"more":1}', /expected an object with nothing but "tokens"|a list of 1 to 10000 tokens/],
    [file(), /a list of 1 to 10000 tokens/],
    [file(ENTRY, SECRET), /tokens\[1\]: expected an object/],
    [file({ ...ENTRY, sha256: SECRET }), /tokens\[0\] \(orders\), sha256: expected the SHA-256 of the token, 64 hex/],
    [file({ ...ENTRY, name: SECRET, scopes: [] }), /tokens\[0\], scopes: expected a list of at least one of ids/],
    [file({ ...ENTRY, name: '10.0.0.1' }), /tokens\[0\], name: expected 1 to 64 characters/],
    [file({ ...ENTRY, scopes: ['ids', SECRET] }), /tokens\[0\] \(orders\), scopes\[1\]: expected ids, ids:<tag/],
    [file({ ...ENTRY, scopes: 'ids' }), /tokens\[0\] \(orders\), scopes: expected a list/],
    [file({ ...ENTRY, expiresAt: 'tomorrow' }), /tokens\[0\] \(orders\), expiresAt: expected a time as 2027/],
    [file({ ...ENTRY, expiresAt: '2027-01-01T00:00:00' }), /expiresAt: expected a time/],
    [file({ ...ENTRY, token: SECRET }), /tokens\[0\] \(orders\), unknown field "token"/],
    [file({ name: 'orders', scopes: ['ids'] }), /tokens\[0\] \(orders\), sha256: expected/],
    [
      file(ENTRY, { ...ENTRY, name: 'other' }),
      /tokens\[1\] \(other\), sha256: the same token as tokens\[0\] \(orders\)/,
    ],
  ])('is refused with its place and without any value: %.60s', (text, problem) => {
    const message = problemOf(text);
    expect(message).toMatch(problem);
    expect(message).not.toContain(SECRET);
  });
});
