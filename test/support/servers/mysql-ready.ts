import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

const READY_WITHIN_MS = 90_000;

/**
 * Resolves when a query on `url` is answered.
 * @param obituary text as soon as the server is known to be dead
 */
export async function untilMysqlAnswers(url: string, obituary: () => string | undefined): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    try {
      const connection = await createConnection({ uri: url, connectTimeout: 2000 });
      await connection.query('SELECT 1');
      await connection.end();
      return;
    } catch (error) {
      const end = obituary();
      if (end !== undefined) throw new Error(end, { cause: error });
      if (performance.now() - startedMs > READY_WITHIN_MS) {
        throw new Error(`no MySQL answered on ${url} within ${READY_WITHIN_MS / 1000} s`, { cause: error });
      }
      await sleep(20);
    }
  }
}
