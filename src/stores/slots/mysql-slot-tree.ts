import { FrondError } from '../../errors.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import type { SlotLayout } from '../slot-store.ts';
import { notInitialised } from './mysql-slot-error.ts';

/** The one row of `frond_slot_layout`. */
export interface MysqlSlotTree {
  /** Random; every claim names it, so that none is made on tables that were made anew meanwhile. */
  readonly treeId: string;
  readonly layout: SlotLayout;
  readonly floorMs: number;
}

type TreeRow = Record<'treeId' | 'epochMs' | 'timeBits' | 'workerBits' | 'sequenceBits' | 'floorMs', string>;

/** The only value of `frond_slot_layout.id`. */
export const TREE_ROW = 1;

const FIELDS = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'] as const;

/** The server's time as an exact number of Unix ms, whatever time zone and summer time it keeps. */
export const NOW_MS = "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)";

/** @throws FrondError STORE_NOT_INITIALISED when there is none, LAYOUT_MISMATCH when it is another layout's */
export async function readTree(store: string, session: MysqlSession, layout: SlotLayout): Promise<MysqlSlotTree> {
  const [row] = await session.read<TreeRow>(
    `SELECT tree_id AS treeId, epoch_ms AS epochMs, time_bits AS timeBits, worker_bits AS workerBits,
     sequence_bits AS sequenceBits, floor_ms AS floorMs FROM frond_slot_layout WHERE id = ?`,
    [TREE_ROW],
  );
  if (row === undefined) throw notInitialised(store, 'the table frond_slot_layout is empty');
  for (const field of FIELDS) {
    if (Number(row[field]) !== layout[field]) {
      throw new FrondError('LAYOUT_MISMATCH', { field, configured: layout[field], stored: Number(row[field]) });
    }
  }
  return { treeId: row.treeId, layout, floorMs: Number(row.floorMs) };
}
