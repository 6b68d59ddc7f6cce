import { SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import type { Residue } from './residue.ts';

/** The one row of frond_residue. */
export const RESIDUE_ROW = 1;

/** Whoever may read leaf_alloc only is told that he may not, also where there is no such table. */
const ABSENT: ReadonlySet<number | undefined> = new Set([SERVER_ERRNO.NO_SUCH_TABLE, SERVER_ERRNO.TABLE_ACCESS_DENIED]);

/**
 * The residue class that the database was given; undefined when it is not one of several primaries.
 * @param lock keeps the row from being changed until the transaction ends
 */
export async function readResidue(session: MysqlSession, lock = false): Promise<Residue | undefined> {
  const sql = `SELECT delta, remainder FROM frond_residue WHERE id = ?${lock ? ' LOCK IN SHARE MODE' : ''}`;
  const rows = await session.read<Residue>(sql, [RESIDUE_ROW]).catch(error => {
    if (ABSENT.has(serverErrno(error))) return [];
    throw error;
  });
  const [row] = rows;
  return row && { delta: Number(row.delta), remainder: Number(row.remainder) };
}
