import { FrondError } from '../../errors.ts';
import { realSystem, type System } from '../../system/system.ts';
import { applyMigration } from '../mysql/migration.ts';
import { SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import { missingFromSchema, NO_TABLE } from './mysql-schema.ts';
import { mysqlStoreError } from './mysql-store-error.ts';

/** Time for creating the table beside other work on the server. */
const INIT_TIMEOUT_MS = 30_000;

export interface MysqlInit {
  /** `leaf_alloc` was made; false where it was there already. */
  readonly created: boolean;
  /** `frond_leftover` is there; false where the user may not create it: Frond goes without. */
  readonly hasLeftovers: boolean;
}

/**
 * Creates `leaf_alloc` and `frond_leftover` in the database of `url` where they are missing; a table that is there is
 * never changed.
 * @param url `mysql://user:password@host:3306/database`; the database has to exist
 * @throws FrondError INVALID_CONFIG, STORE_NOT_INITIALISED (no such database, or another table of that name),
 *   STORE_UNAVAILABLE
 */
export async function initMysql(url: string, system: System = realSystem): Promise<MysqlInit> {
  const address = parseMysqlUrl(url);
  const pool = new MysqlPool({ address, system, timeoutMs: INIT_TIMEOUT_MS, poolSize: 1 });
  try {
    return await pool.run(async session => {
      const created = (await missingFromSchema(session)) === NO_TABLE;
      if (created) await applyMigration(session, '001_leaf_alloc.sql');
      const reason = await missingFromSchema(session);
      if (reason !== undefined) throw new FrondError('STORE_NOT_INITIALISED', { store: address.name, reason });
      return { created, hasLeftovers: await makeLeftovers(session) };
    });
  } catch (error) {
    throw mysqlStoreError(address.name, error);
  } finally {
    await pool.close();
  }
}

/** A user without the right to create tables may do without. */
async function makeLeftovers(session: MysqlSession): Promise<boolean> {
  const rows = await session.read(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'frond_leftover'",
  );
  if (rows.length > 0) return true;
  try {
    await applyMigration(session, '005_frond_leftover.sql');
    return true;
  } catch (error) {
    if (serverErrno(error) !== SERVER_ERRNO.TABLE_ACCESS_DENIED) throw error;
    return false;
  }
}
