import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import {
  ID_MAX,
  type RangeStore,
  type StoreHealth,
  type TagChange,
  type TagPatch,
  type TagRecord,
  type TakenRange,
  type TakeTerms,
} from '../range-store.ts';
import { MysqlLeftovers } from './mysql-leftovers.ts';
import { readResidue } from './mysql-residue.ts';
import { missingFromSchema, TRIGGER_HARM } from './mysql-schema.ts';
import { isOutOfRange, mysqlStoreError } from './mysql-store-error.ts';
import * as tags from './mysql-tags.ts';
import { MysqlTrust, type MysqlTrustOptions } from './mysql-trust.ts';
import { textOf } from './residue.ts';
import { rangeFrom, requireTake } from './take-request.ts';

export interface MysqlRangeStoreOptions extends MysqlTrustOptions {
  /** `mysql://user:password@host[:3306]/database[?ssl=required[&ssl-ca=/path/ca.pem]]`, percent-encoded. */
  readonly url: string;
  readonly system: System;
  /** Deadline of a whole call, connecting included; default 1000 ms. */
  readonly timeoutMs?: number;
  /** Connections at most; default 4. */
  readonly poolSize?: number;
}

/**
 * One round trip, atomic and durable in autocommit: the OK packet carries the new max_id as its insert ID. The range is
 * computed from the step of this very statement, never from the step column, which an operator may change meanwhile.
 */
const TAKE = 'UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(max_id + ?) WHERE biz_tag = ? AND step > 0';
const GIVE_BACK = 'UPDATE leaf_alloc SET max_id = ? WHERE biz_tag = ? AND max_id = ? AND step > 0';

/**
 * Leaf's `leaf_alloc` in MySQL 5.7 or later, or MariaDB. All instances and Leaf itself may share the table.
 *
 * Ranges are taken by the names that the collation of the column holds equal: in MySQL's default ones `Order` and `order`
 * draw from the same row, so that no spelling ever makes IDs repeat. Tags are changed under their own spelling only.
 */
export class MysqlRangeStore implements RangeStore {
  readonly name: string;
  readonly #pool: MysqlPool;
  readonly #system: System;
  protected readonly trust: MysqlTrust;
  readonly #leftovers: MysqlLeftovers;
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
    this.trust = new MysqlTrust(address.name, system.logger, options);
    this.#leftovers = new MysqlLeftovers(address.name, system.logger);
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

  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    requireTake(stepIds, terms);
    return this.run(async session => {
      await this.trust.requireDurable(session);
      const left = terms?.leftovers && (await this.#leftovers.take(session, tag, terms.leftovers));
      const range = left ?? (await this.#takeNext(session, tag, stepIds, terms?.atLeast));
      await this.trust.requireSynced(session);
      return range;
    });
  }

  health(): StoreHealth {
    return { risks: this.trust.risks };
  }

  async #takeNext(
    session: MysqlSession,
    tag: string,
    stepIds: number,
    atLeast: bigint | undefined,
  ): Promise<TakenRange> {
    const take = () => this.#take(session, tag, stepIds, atLeast);
    // Rolled back when it fails again, so that trying costs no range.
    const range = await (this.#disturbed ? session.transaction(take) : take());
    if (range === undefined && atLeast === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    return range ?? session.transaction(() => this.#lift(session, tag, stepIds, atLeast!));
  }

  /** Undefined when there is no such row at `atLeast` or higher; nothing was changed then. */
  async #take(
    session: MysqlSession,
    tag: string,
    stepIds: number,
    atLeast: bigint | undefined,
  ): Promise<TakenRange | undefined> {
    const exhausted = (cause?: unknown) => new FrondError('RANGE_EXHAUSTED', { tag, stepIds }, { cause });
    const [sql, floor] = atLeast === undefined ? [TAKE, []] : [`${TAKE} AND max_id >= ?`, [atLeast]];
    const result = await session.write(sql, [stepIds, tag, ...floor]).catch(error => {
      throw isOutOfRange(error) ? exhausted(error) : error;
    });
    if (result.affectedRows !== 1) return undefined;
    // The driver reads the insert ID as signed; an unsigned max_id can go past 2^63.
    const end = BigInt.asUintN(64, BigInt(result.insertId));
    if (end > ID_MAX) throw exhausted();
    this.#disturbed = end === 0n;
    if (this.#disturbed) throw this.#notInitialised(`a trigger on leaf_alloc ${TRIGGER_HARM}`);
    return { start: end - BigInt(stepIds), end };
  }

  /** A take from a row that is too low, if it still is. */
  async #lift(session: MysqlSession, tag: string, stepIds: number, atLeast: bigint): Promise<TakenRange> {
    const range = rangeFrom(await tags.lockedMaxId(session, tag), stepIds, atLeast);
    if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
    await session.write('UPDATE leaf_alloc SET max_id = ? WHERE biz_tag = ?', [range.end, tag]);
    return range;
  }

  async giveBack(tag: string, { start, end }: TakenRange): Promise<boolean> {
    const result = await this.run(session => session.write(GIVE_BACK, [start, tag, end]));
    return result.affectedRows === 1;
  }

  leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    return this.run(session => session.transaction(() => this.#leftovers.leave(session, tag, rest, maxAgeMs)));
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.run(session => tags.readTag(session, tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    return this.run(async session => {
      // Regularly: the name may lead to another server by now.
      await this.trust.inspect(session);
      return tags.readTags(session);
    });
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#change(async session => {
      const result = await tags.putTag(session, tag, change);
      if (change.maxId !== undefined) await this.#leftovers.bar(session, tag, change.maxId);
      return result;
    });
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    return this.#change(async session => {
      const record = await tags.patchTag(session, tag, patch);
      if (record !== undefined && patch.maxId !== undefined) await this.#leftovers.bar(session, tag, patch.maxId);
      return record;
    });
  }

  retireTag(tag: string): Promise<boolean> {
    return this.#change(async session => {
      const isRetired = await tags.retireTag(session, tag);
      if (isRetired) await this.#leftovers.drop(session, tag);
      return isRetired;
    });
  }

  /** What else keeps the database from being used, in one clause. */
  protected async unfit(session: MysqlSession): Promise<string | undefined> {
    const residue = await readResidue(session);
    if (residue === undefined) return undefined;
    return `frond_residue says ${textOf(residue)}: it is one of several primaries, and all have to be named`;
  }

  async #check(session: MysqlSession): Promise<void> {
    const reason = (await missingFromSchema(session)) ?? (await this.unfit(session));
    if (reason !== undefined) throw this.#notInitialised(reason);
    await this.trust.inspect(session);
    await this.trust.requireDurable(session);
    await this.#leftovers.inspect(session);
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

  #change<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    return this.run(session => session.transaction(() => work(session)));
  }

  #notInitialised(reason: string): FrondError {
    return new FrondError('STORE_NOT_INITIALISED', { store: this.name, reason });
  }

  protected async run<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    if (!this.#checked) await this.#requireChecked();
    try {
      return await this.#pool.run(work);
    } catch (error) {
      throw mysqlStoreError(this.name, error);
    }
  }
}
