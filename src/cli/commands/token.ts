import type { Register } from '../program.ts';

const SCOPES = 'ids, ids:order*, ids:@snowflake, ids:@uuid, admin or metrics';

export const register: Register = program => {
  program
    .command('token <name>')
    .description('make a bearer token, print it once, and its entry for the file of FROND_TOKENS_FILE')
    .option('--scope <scopes...>', `what it is good for: ${SCOPES}`, ['ids'])
    .option('--expires <time>', 'from when on it counts no more, as 2027-01-01T00:00:00Z')
    .option('--json', 'print JSON')
    .action(async (name: string, { scope, expires, json }) => {
      const { makeToken } = await import('../token.ts');
      console.log(makeToken({ name, scopes: scope, expiresAt: expires }, json === true));
    });
};
