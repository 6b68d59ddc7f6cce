import { realSystem, type System } from '../../system/system.ts';
import { applyMigration } from '../mysql/migration.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import type { SlotLayout } from '../slot-store.ts';
import { mysqlSlotError } from './mysql-slot-error.ts';
import { NOW_MS, readTree, TREE_ROW } from './mysql-slot-tree.ts';

/** Time for creating tables beside other work on the server. */
const INIT_TIMEOUT_MS = 30_000;

export interface InitSlotsOptions {
  /**
   * For tables that were lost or restored while instances may be alive: no ID gets a timestamp below the server's time
   * plus this, which has to be their allowance + lookahead + skew limit at the least; ms.
   */
  readonly lostMs?: number;
}

/**
 * Creates `frond_slot` and `frond_slot_layout` in the database of `url` where they are missing, and fixes the layout.
 * What is there is not changed, except that `lostMs` raises the floor.
 * @param url `mysql://user:password@host:3306/database`; the database has to exist
 * @throws FrondError INVALID_CONFIG, LAYOUT_MISMATCH, STORE_NOT_INITIALISED (no such database, or other tables of those
 *   names), SLOT_STORE_UNAVAILABLE
 */
export async function initMysqlSlots(
  url: string,
  layout: SlotLayout,
  system: System = realSystem,
  options: InitSlotsOptions = {},
): Promise<{ readonly created: boolean }> {
  const address = parseMysqlUrl(url, 'FROND_WORKER_SLOTS');
  const pool = new MysqlPool({ address, system, timeoutMs: INIT_TIMEOUT_MS, poolSize: 1 });
  try {
    return await pool.run(async session => {
      await makeTables(session);
      const created = await makeTree(session, layout, system);
      await readTree(address.name, session, layout);
      if (options.lostMs !== undefined) await raiseFloor(session, options.lostMs, system);
      return { created };
    });
  } catch (error) {
    throw mysqlSlotError(address.name, error);
  } finally {
    await pool.close();
  }
}

/** Only what is missing: a user without the right to create tables may find them there. */
async function makeTables(session: MysqlSession): Promise<void> {
  const rows = await session.read<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name IN ('frond_slot', 'frond_slot_layout')`,
  );
  const names = new Set(rows.map(row => row.name.toLowerCase()));
  if (!names.has('frond_slot')) await applyMigration(session, '002_frond_slot.sql');
  if (!names.has('frond_slot_layout')) await applyMigration(session, '003_frond_slot_layout.sql');
}

/** The floor of new tables is now: should older ones have been dropped in order, their past is not used again. */
async function makeTree(session: MysqlSession, layout: SlotLayout, system: System): Promise<boolean> {
  const { epochMs, timeBits, workerBits, sequenceBits } = layout;
  const { affectedRows } = await session.write(
    `INSERT INTO frond_slot_layout (id, tree_id, epoch_ms, time_bits, worker_bits, sequence_bits, floor_ms)
     VALUES (?, ?, ?, ?, ?, ?, ${NOW_MS}) ON DUPLICATE KEY UPDATE id = id`,
    [TREE_ROW, system.random.token(), epochMs, timeBits, workerBits, sequenceBits],
  );
  return affectedRows === 1;
}

async function raiseFloor(session: MysqlSession, lostMs: number, system: System): Promise<void> {
  await session.write(
    `UPDATE frond_slot_layout SET tree_id = ?, floor_ms = GREATEST(floor_ms, ${NOW_MS} + ?) WHERE id = ?`,
    [system.random.token(), lostMs, TREE_ROW],
  );
}
