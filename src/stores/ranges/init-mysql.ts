import { FrondError } from '../../errors.ts';
import { realSystem, type System } from '../../system/system.ts';
import { applyMigration } from '../mysql/migration.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import { missingFromSchema, NO_TABLE } from './mysql-schema.ts';
import { mysqlStoreError } from './mysql-store-error.ts';

/** Time for creating the table beside other work on the server. */
const INIT_TIMEOUT_MS = 30_000;

/**
 * Creates `leaf_alloc` in the database of `url` where it is missing; a table that is there is never changed.
 * @param url `mysql://user:password@host:3306/database`; the database has to exist
 * @throws FrondError INVALID_CONFIG, STORE_NOT_INITIALISED (no such database, or another table of that name),
 *   STORE_UNAVAILABLE
 */
export async function initMysql(url: string, system: System = realSystem): Promise<{ readonly created: boolean }> {
  const address = parseMysqlUrl(url);
  const pool = new MysqlPool({ address, system, timeoutMs: INIT_TIMEOUT_MS, poolSize: 1 });
  try {
    return await pool.run(async session => {
      const created = (await missingFromSchema(session)) === NO_TABLE;
      if (created) await applyMigration(session, '001_leaf_alloc.sql');
      const reason = await missingFromSchema(session);
      if (reason !== undefined) throw new FrondError('STORE_NOT_INITIALISED', { store: address.name, reason });
      return { created };
    });
  } catch (error) {
    throw mysqlStoreError(address.name, error);
  } finally {
    await pool.close();
  }
}
