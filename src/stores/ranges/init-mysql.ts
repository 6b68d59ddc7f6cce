import { FrondError } from '../../errors.ts';
import { realSystem, type System } from '../../system/system.ts';
import { applyMigration } from '../mysql/migration.ts';
import { isReadOnly, SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import { MAY_DELETE } from './mysql-leftovers.ts';
import { missingFromSchema, NO_TABLE } from './mysql-schema.ts';
import { mysqlStoreError } from './mysql-store-error.ts';

/** Time for creating the table beside other work on the server. */
const INIT_TIMEOUT_MS = 30_000;

export interface MysqlInit {
  /** The database, for people. */
  readonly store: string;
  /** `leaf_alloc` was made; false where it was there already. */
  readonly created: boolean;
  readonly leftovers: MysqlLeftoverInit;
}

/** `frond_leftover`, which Frond goes without where it is absent or the user lacks a right to it. */
export interface MysqlLeftoverInit {
  readonly state: 'made' | 'there' | 'absent';
  /** Rights that the user would need: CREATE where it is absent. */
  readonly lacks: readonly string[];
}

/** What a server does with `frond_leftover`, by the right that it takes. Nothing is changed. */
const USES: readonly (readonly [right: string, statement: string])[] = [
  [
    'INSERT',
    "EXPLAIN INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server) VALUES ('', 0, 0, 0, '')",
  ],
  ['UPDATE', "EXPLAIN UPDATE frond_leftover SET end_id = 0 WHERE biz_tag = '' AND start_id = 0"],
  ['DELETE', MAY_DELETE],
];

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
      return { store: address.name, created, leftovers: await makeLeftovers(session) };
    });
  } catch (error) {
    throw mysqlStoreError(address.name, error);
  } finally {
    await pool.close();
  }
}

/** A user without the right to create tables may do without. */
async function makeLeftovers(session: MysqlSession): Promise<MysqlLeftoverInit> {
  const rows = await session.read(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'frond_leftover'",
  );
  if (rows.length > 0) return { state: 'there', lacks: await lackingRights(session) };
  if (!(await isAllowed(() => applyMigration(session, '005_frond_leftover.sql')))) {
    return { state: 'absent', lacks: ['CREATE'] };
  }
  return { state: 'made', lacks: await lackingRights(session) };
}

async function lackingRights(session: MysqlSession): Promise<readonly string[]> {
  // Without this one the others cannot be told.
  const select = () => session.read('SELECT server FROM frond_leftover LIMIT 1').catch(ignoreOthers);
  if (!(await isAllowed(select))) return ['SELECT'];
  const lacking: string[] = [];
  for (const [right, statement] of USES) {
    if (!(await isAllowed(() => session.read(statement).catch(ignoreOthers)))) lacking.push(right);
  }
  return lacking;
}

/** A replica, or a table of that name that is not Frond's, says nothing of rights. */
function ignoreOthers(error: unknown): void {
  if (!isReadOnly(error) && serverErrno(error) !== SERVER_ERRNO.BAD_FIELD) throw error;
}

async function isAllowed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (serverErrno(error) !== SERVER_ERRNO.TABLE_ACCESS_DENIED) throw error;
    return false;
  }
}
