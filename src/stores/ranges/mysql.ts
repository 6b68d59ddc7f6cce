import { FrondError, requireInteger } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { durabilityRisks } from '../mysql/mysql-durability.ts';
import { reasonOfMysql } from '../mysql/mysql-error.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import {
  ID_MAX,
  type RangeStore,
  STEP_MAX_IDS,
  type TagChange,
  type TagRecord,
  type TakenRange,
} from '../range-store.ts';
import { engineRisks, missingFromSchema, TRIGGER_HARM } from './mysql-schema.ts';
import { isBadText, isOutOfRange, mysqlStoreError } from './mysql-store-error.ts';

export interface MysqlRangeStoreOptions {
  /** `mysql://user:password@host[:3306]/database[?ssl=required[&ssl-ca=/path/ca.pem]]`, percent-encoded. */
  readonly url: string;
  readonly system: System;
  /** Deadline of a whole call, connecting included; default 1000 ms. */
  readonly timeoutMs?: number;
  /** Connections at most; default 4. */
  readonly poolSize?: number;
}

interface Row {
  readonly tag: string;
  readonly maxId: string;
  readonly stepIds: number;
  readonly description: string | null;
  readonly updatedAtS: string | number | null;
}

/**
 * One round trip, atomic and durable in autocommit: the OK packet carries the new max_id as its insert ID. The range is
 * computed from the step of this very statement, never from the step column, which an operator may change meanwhile.
 */
const TAKE = 'UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(max_id + ?) WHERE biz_tag = ? AND step > 0';

const SELECT_TAG = `SELECT biz_tag AS tag, max_id AS maxId, step AS stepIds, description,
  UNIX_TIMESTAMP(update_time) AS updatedAtS FROM leaf_alloc`;

/**
 * Leaf's `leaf_alloc` in MySQL 5.7 or later, or MariaDB. All instances and Leaf itself may share the table.
 *
 * Names are compared by the collation of the column: in MySQL's default ones `Order` and `order` are the same tag, and
 * draw from the same row. That costs distinction, never uniqueness.
 */
export class MysqlRangeStore implements RangeStore {
  readonly name: string;
  readonly #pool: MysqlPool;
  readonly #system: System;
  #checked = false;
  #checking: Promise<void> | undefined;
  /** True while the latest take did not learn its range. */
  #disturbed = false;

  /** Connects to nothing yet. @throws FrondError INVALID_CONFIG */
  constructor(options: MysqlRangeStoreOptions) {
    const address = parseMysqlUrl(options.url);
    const { system, timeoutMs = 1000, poolSize = 4 } = options;
    this.name = address.name;
    this.#system = system;
    this.#pool = new MysqlPool({ address, system, timeoutMs, poolSize });
  }

  /** Open sockets now, for tests and leak checks. */
  get socketCount(): number {
    return this.#pool.socketCount;
  }

  async open(): Promise<void> {
    try {
      await this.#requireChecked();
    } catch (error) {
      if (!(error instanceof FrondError) || error.code !== 'STORE_UNAVAILABLE') throw error;
      this.#system.logger.warn({ store: this.name, err: error }, 'The range store does not answer yet');
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async take(tag: string, stepIds: number): Promise<TakenRange> {
    requireInteger('stepIds', stepIds, 1, STEP_MAX_IDS);
    return this.#run(session => {
      const take = () => this.#take(session, tag, stepIds);
      // Rolled back when it fails again, so that trying costs no range.
      return this.#disturbed ? session.transaction(take) : take();
    });
  }

  async #take(session: MysqlSession, tag: string, stepIds: number): Promise<TakenRange> {
    const exhausted = (cause?: unknown) => new FrondError('RANGE_EXHAUSTED', { tag, stepIds }, { cause });
    const result = await session.write(TAKE, [stepIds, tag]).catch(error => {
      throw isOutOfRange(error) ? exhausted(error) : error;
    });
    if (result.affectedRows !== 1) throw new FrondError('UNKNOWN_TAG', { tag });
    // The driver reads the insert ID as signed; an unsigned max_id can go past 2^63.
    const end = BigInt.asUintN(64, BigInt(result.insertId));
    if (end > ID_MAX) throw exhausted();
    this.#disturbed = end === 0n;
    if (this.#disturbed) throw this.#notInitialised(`a trigger on leaf_alloc ${TRIGGER_HARM}`);
    return { start: end - BigInt(stepIds), end };
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.#run(async session => {
      const [row] = await session.read<Row>(`${SELECT_TAG} WHERE biz_tag = ? AND step > 0`, [tag]);
      return row && toRecord(row);
    });
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.#run(async session => {
      const rows = await session.read<Row>(`${SELECT_TAG} WHERE step > 0 ORDER BY CAST(biz_tag AS BINARY)`);
      return rows.map(toRecord);
    });
  }

  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#run(session => session.transaction(() => this.#put(session, tag, change)));
  }

  async retireTag(tag: string): Promise<boolean> {
    const result = await this.#run(session =>
      session.write('UPDATE leaf_alloc SET step = 0 WHERE biz_tag = ? AND step > 0', [tag]),
    );
    return result.affectedRows === 1;
  }

  async #put(session: MysqlSession, tag: string, change: TagChange) {
    const { stepIds, description = null, maxId = 1n } = change;
    try {
      // Locks the row whether it is new or not, so that two callers cannot both believe to create it.
      const insert = await session.write(
        `INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES (?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE biz_tag = biz_tag`,
        [tag, maxId, stepIds, description],
      );
      const before = await this.#lockedRow(session, tag);
      if (insert.affectedRows === 1) return { record: toRecord(before), created: true };
      const currentMaxId = BigInt(before.maxId);
      if (change.maxId !== undefined && change.maxId < currentMaxId) {
        throw new FrondError('TAG_WOULD_REWIND', { tag, maxId: change.maxId, currentMaxId });
      }
      await session.write('UPDATE leaf_alloc SET max_id = ?, step = ?, description = ? WHERE biz_tag = ?', [
        change.maxId ?? currentMaxId,
        stepIds,
        change.description === undefined ? before.description : change.description,
        tag,
      ]);
      return { record: toRecord(await this.#lockedRow(session, tag)), created: before.stepIds === 0 };
    } catch (error) {
      if (!isBadText(error)) throw error;
      const expected = 'text that the column leaf_alloc.description can hold';
      throw new FrondError('INVALID_ARGUMENT', { field: 'description', value: change.description, expected });
    }
  }

  async #lockedRow(session: MysqlSession, tag: string): Promise<Row> {
    const [row] = await session.read<Row>(`${SELECT_TAG} WHERE biz_tag = ? FOR UPDATE`, [tag]);
    if (row === undefined) throw new Error(`the row of ${tag} is gone although it was locked`);
    return row;
  }

  async #check(session: MysqlSession): Promise<void> {
    const reason = await missingFromSchema(session);
    if (reason !== undefined) throw this.#notInitialised(reason);
    const told = Promise.all([durabilityRisks(session), engineRisks(session)]).then(risks => risks.flat());
    const risks = await told.catch(error => [`settings cannot be read: ${reasonOfMysql(error)}`]);
    for (const risk of risks) this.#system.logger.warn({ store: this.name }, risk);
  }

  /** A server that was away at `open` is checked before its first use. */
  #requireChecked(): Promise<void> | undefined {
    if (this.#checked) return undefined;
    this.#checking ??= this.#pool
      .run(session => this.#check(session))
      .then(() => {
        this.#checked = true;
      })
      .catch(error => {
        throw mysqlStoreError(this.name, error);
      })
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  #notInitialised(reason: string): FrondError {
    return new FrondError('STORE_NOT_INITIALISED', { store: this.name, reason });
  }

  async #run<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    if (!this.#checked) await this.#requireChecked();
    try {
      return await this.#pool.run(work);
    } catch (error) {
      throw mysqlStoreError(this.name, error);
    }
  }
}

function toRecord(row: Row): TagRecord {
  return {
    tag: row.tag,
    maxId: BigInt(row.maxId),
    stepIds: Number(row.stepIds),
    description: row.description,
    updatedAtMs: row.updatedAtS === null ? null : Number(row.updatedAtS) * 1000,
  };
}
