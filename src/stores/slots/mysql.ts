import { FrondError, reasonOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { durabilityRisks, isOn } from '../mysql/mysql-durability.ts';
import { reasonOfMysql } from '../mysql/mysql-error.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../slot-store.ts';
import { isCollision, mysqlSlotError } from './mysql-slot-error.ts';
import { DATA_COLUMNS, SLOT_COLUMNS, type SlotRow, slotOf, slotValues } from './mysql-slot-row.ts';
import { type MysqlSlotTree, NOW_MS, readTree, TREE_ROW } from './mysql-slot-tree.ts';

export interface MysqlSlotStoreOptions {
  /** `mysql://user:password@host[:3306]/database[?ssl=required[&ssl-ca=/path/ca.pem]]`, percent-encoded. */
  readonly url: string;
  readonly system: System;
  /** Deadline of a whole call, connecting included; default 1000 ms. */
  readonly timeoutMs?: number;
}

/** One for renewals, one beside it for people who look. */
const POOL_SIZE = 2;

const SET_DATA = DATA_COLUMNS.map(column => `${column} = ?`).join(', ');
const IS_TREE = `FROM frond_slot_layout WHERE id = ${TREE_ROW} AND tree_id = ?`;

/**
 * The token is compared beside the version: in tables that were made anew, a row may come by the same version. One
 * statement in autocommit, so that nobody can be left holding a lock, and durable when it is answered.
 */
const SET = `UPDATE frond_slot SET version = version + 1, ${SET_DATA} WHERE worker_id = ? AND version = ? AND token = ?`;
const TAKE = `${SET} AND EXISTS (SELECT 1 ${IS_TREE})`;
const CREATE = `INSERT INTO frond_slot (worker_id, version, ${DATA_COLUMNS.join(', ')})
  SELECT ?, 1, ${DATA_COLUMNS.map(() => '?').join(', ')} ${IS_TREE}`;
/** Waits for a change of the row that the server is at: what is read back is then the outcome of it. */
const READ = `SELECT ${SLOT_COLUMNS}, @@GLOBAL.read_only AS readOnly FROM frond_slot WHERE worker_id = ? LOCK IN SHARE MODE`;

/**
 * Worker slots in the table `frond_slot` of MySQL 5.7 or later, or MariaDB: one row for each worker ID, changed by
 * compare-and-set on its version. There is no sign of life: a slot whose holder died is free when its bound has passed.
 *
 * The URL has to lead to the primary. A stale read does no harm (the change built on it is refused), but a failover
 * that forgets acknowledged changes can: with asynchronous replication, worker IDs first claimed in the lost moments
 * may be claimed again, and two holders then overlap until the next renewal. Semi-synchronous or group replication
 * closes that.
 */
export class MysqlSlotStore implements SlotStore {
  readonly name: string;
  readonly provesDeath = false;
  readonly #pool: MysqlPool;
  readonly #system: System;
  #tree: MysqlSlotTree | undefined;

  /** Connects to nothing yet. @throws FrondError INVALID_CONFIG */
  constructor({ url, system, timeoutMs = 1000 }: MysqlSlotStoreOptions) {
    const address = parseMysqlUrl(url, 'FROND_WORKER_SLOTS');
    this.name = address.name;
    this.#system = system;
    this.#pool = new MysqlPool({ address, system, timeoutMs, poolSize: POOL_SIZE });
  }

  get floorMs(): number {
    return this.#tree?.floorMs ?? 0;
  }

  /** Open sockets now, for tests and leak checks. */
  get socketCount(): number {
    return this.#pool.socketCount;
  }

  async open(layout: SlotLayout): Promise<void> {
    this.#tree = await this.#run(async session => {
      const tree = await readTree(this.name, session, layout);
      await session.read(`SELECT ${SLOT_COLUMNS} FROM frond_slot LIMIT 0`);
      const risks = await durabilityRisks(session).catch(error => [`settings cannot be read: ${reasonOfMysql(error)}`]);
      for (const risk of risks) this.#system.logger.warn({ store: this.name }, risk);
      return tree;
    });
  }

  /** Every claim begins here: should the tables have been made anew, their floor and layout are taken over. */
  list(): Promise<readonly Slot[]> {
    return this.#run(async session => {
      const known = this.#requireOpen();
      const tree = await readTree(this.name, session, known.layout);
      const rows = await session.read<SlotRow>(`SELECT ${SLOT_COLUMNS} FROM frond_slot ORDER BY worker_id`);
      if (tree.treeId !== known.treeId)
        this.#system.logger.warn({ store: this.name }, 'the slot tables were made anew');
      this.#tree = tree;
      return rows.flatMap(row => this.#readable(row));
    });
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.#run(async session => {
      const { treeId } = this.#requireOpen();
      const [row] = await session.read<{ next: number | string }>(
        'SELECT COALESCE(MAX(worker_id), -1) + 1 AS next FROM frond_slot',
      );
      // A rival who was faster has used this one, so that the next is still above all that exist.
      for (let workerId = Number(row!.next); workerId <= maxWorkerId; workerId++) {
        if (await this.#insert(session, workerId, data, treeId)) return { workerId, version: 1, data };
      }
      return undefined;
    });
  }

  take(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#run(async session => this.#set(session, TAKE, slot, data, [this.#requireOpen().treeId]));
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#run(session => this.#set(session, SET, slot, data, []));
  }

  read(workerId: number): Promise<Slot | undefined> {
    return this.#run(async session => {
      const [row] = await session.read<SlotRow & { readonly readOnly: number | string }>(READ, [workerId]);
      if (row !== undefined && isOn(row.readOnly))
        throw new Error('the server is read-only: it may be behind its primary');
      return row && slotOf(this.name, row);
    });
  }

  async letGo(): Promise<void> {}

  sampleTimeMs(): Promise<number> {
    return this.#run(async session => {
      const [row] = await session.read<{ nowMs: number | string }>(`SELECT ${NOW_MS} AS nowMs`);
      return Number(row!.nowMs);
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** One spoilt row costs one worker ID, which is never given again. */
  #readable(row: SlotRow): Slot[] {
    try {
      return [slotOf(this.name, row)];
    } catch (error) {
      this.#system.logger.warn({ store: this.name, reason: reasonOf(error) }, 'worker slot passed over');
      return [];
    }
  }

  /** False when a rival has this worker ID. */
  async #insert(session: MysqlSession, workerId: number, data: SlotData, treeId: string): Promise<boolean> {
    for (;;) {
      try {
        const { affectedRows } = await session.write(CREATE, [workerId, ...slotValues(data), treeId]);
        if (affectedRows === 1) return true;
        throw new Error('the slot tables were made anew meanwhile');
      } catch (error) {
        if (!isCollision(error)) throw error;
        const [taken] = await session.read('SELECT 1 FROM frond_slot WHERE worker_id = ?', [workerId]);
        if (taken !== undefined) return false;
      }
    }
  }

  async #set(
    session: MysqlSession,
    sql: string,
    { workerId, version, data: old }: Slot,
    data: SlotData,
    more: string[],
  ) {
    const { affectedRows } = await session.write(sql, [...slotValues(data), workerId, version, old.token, ...more]);
    return affectedRows === 1 ? { workerId, version: version + 1, data } : undefined;
  }

  #requireOpen(): MysqlSlotTree {
    if (this.#tree !== undefined) return this.#tree;
    throw new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason: 'it is not open' });
  }

  async #run<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.#pool.run(work);
    } catch (error) {
      throw mysqlSlotError(this.name, error);
    }
  }
}
