import type { Register } from '../program.ts';

export const register: Register = program => {
  program
    .command('token <name>')
    .description('make a bearer token, print it once, and its entry for the file that FROND_TOKENS_FILE names')
    .option('--scope <scope...>', 'what it is good for: ids, ids:order*, ids:@snowflake, ids:@uuid, admin, metrics', [
      'ids',
    ])
    .option('--expires <time>', 'from when on it counts no more, as 2027-01-01T00:00:00Z')
    .option('--json', 'print JSON')
    .action(async (name, { scope, expires, json }) => {
      const { makeToken } = await import('../token.ts');
      console.log(makeToken({ name, scopes: scope, expiresAt: expires }, json === true));
    });
};
