import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTokenFile } from '../../src/http/auth/token-file.ts';
import { runCli } from '../support/cli.ts';

const digest = (token: string) => createHash('sha256').update(token).digest('hex');

describe('frond token', () => {
  it('prints a new token and its entry, which the tokens file takes', async () => {
    const args = ['token', 'orders', '--scope', 'ids:order*', 'metrics', '--expires', '2027-01-01T00:00:00Z'];
    const { code, out, err } = await runCli(args);
    expect([code, err]).toEqual([0, '']);
    const [, token = ''] = /^token {2}(frond_[\w-]{43})$/m.exec(out) ?? [];
    const [, entry = ''] = /^entry {2}(\{.*\})$/m.exec(out) ?? [];
    expect(JSON.parse(entry)).toEqual({
      name: 'orders',
      sha256: digest(token),
      scopes: ['ids:order*', 'metrics'],
      expiresAt: '2027-01-01T00:00:00Z',
    });
    expect(parseTokenFile(`{"tokens":[${entry}]}`)[0]).toMatchObject({ name: 'orders', sha256: digest(token) });
  });

  it('makes another one each time, for all IDs unless told otherwise, as JSON when asked', async () => {
    const [first, second] = await Promise.all([runCli(['token', 'a', '--json']), runCli(['token', 'a', '--json'])]);
    const { token, entry } = JSON.parse(first.out);
    expect(entry).toEqual({ name: 'a', sha256: digest(token), scopes: ['ids'] });
    expect(JSON.parse(second.out).token).not.toBe(token);
  });

  it.each([
    [['1orders'], /INVALID_ARGUMENT: name is "1orders"; expected 1 to 64 characters/],
    [['a', '--scope', 'id'], /INVALID_ARGUMENT: scopes\[0\] is .*; expected ids, ids:/],
    [['a', '--expires', 'soon'], /INVALID_ARGUMENT: expiresAt is "soon"; expected a time as 2027-01-01T00:00:00Z/],
  ])('refuses %j and says what is expected', async (args, text) => {
    const { code, out, err } = await runCli(['token', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(text);
  });
});
