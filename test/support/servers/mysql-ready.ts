import { createConnection } from 'mysql2/promise';
import { untilAnswers } from './until-answers.ts';

/**
 * Resolves when a query on `url` is answered.
 * @param obituary text as soon as the server is known to be dead
 * @throws Error with the obituary, or after 90 seconds
 */
export function untilMysqlAnswers(url: string, obituary: () => string | undefined): Promise<void> {
  return untilAnswers({ event: `MySQL answered on ${url}`, withinMs: 90_000, obituary }, async () => {
    const connection = await createConnection({ uri: url, connectTimeout: 2000 });
    await connection.query('SELECT 1');
    await connection.end();
  });
}
