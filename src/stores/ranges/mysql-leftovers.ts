import type { Logger } from '../../system/logger.ts';
import { isCleanRefusal, isReadOnly, reasonOfMysql, SERVER_ERRNO, serverErrno } from '../mysql/mysql-error.ts';
import { readMysqlRun } from '../mysql/mysql-run.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import type { LeftoverTerms, TakenRange } from '../range-store.ts';
import { BAR_START } from './leftover-bar.ts';
import { lockedTag } from './mysql-tags.ts';

interface Row {
  readonly start: string;
  readonly last: string;
}

/** Rows that others may be faster at, before a range is taken as ever. */
const TRIES = 8;

/** The table is not there, is another, or is not ours to use: Leaf's own table suffices. */
const UNUSABLE: ReadonlySet<number | undefined> = new Set([
  SERVER_ERRNO.NO_SUCH_TABLE,
  SERVER_ERRNO.TABLE_ACCESS_DENIED,
  SERVER_ERRNO.BAD_FIELD,
]);

const FITTING = `SELECT start_id AS start, end_id AS last FROM frond_leftover
  WHERE biz_tag = ? AND start_id >= ? AND left_at + ? > UNIX_TIMESTAMP() AND left_at <= UNIX_TIMESTAMP() AND server = ?
    AND end_id <= (SELECT max_id FROM leaf_alloc WHERE biz_tag = ? AND step > 0)
  ORDER BY start_id LIMIT ${TRIES}`;
/** The name of the server goes in as a literal: a replica that repeats the statement is another one. */
const TAKE = 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id = ? AND end_id = ? AND server = ?';
const LEFT = 'SELECT start_id AS start, end_id AS last FROM frond_leftover WHERE biz_tag = ? AND start_id >= 0';
const OLD = `${LEFT} AND left_at + ? <= UNIX_TIMESTAMP()`;
const DROP = 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id = ?';
const OVERLAPPING = 'SELECT 1 FROM frond_leftover WHERE biz_tag = ? AND start_id < ? AND end_id > ? LIMIT 1';
const LEAVE = `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server)
  VALUES (?, ?, ?, UNIX_TIMESTAMP(), ?)`;
/** Who may not take must not leave. Nothing is deleted. */
const MAY_DELETE = "EXPLAIN DELETE FROM frond_leftover WHERE biz_tag = '' AND start_id = 0";
const BAR = `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server) VALUES (?, ?, ?, UNIX_TIMESTAMP(), '')
  ON DUPLICATE KEY UPDATE end_id = ?, left_at = UNIX_TIMESTAMP()`;

/**
 * Ranges that were left, in `frond_leftover`. Used only where they were left: a server that was started anew, or
 * promoted, may have forgotten that they were taken. Whoever changes the table holds the tag's row of `leaf_alloc`, but
 * for the one deletion that takes a range. Rows are deleted one by one: the deletion of a span would lock the gaps that
 * others insert into, and deadlock.
 */
export class MysqlLeftovers {
  readonly #store: string;
  readonly #logger: Logger;
  /** The server when this process began with it. Undefined where nothing is left and no leftover is taken. */
  #home: string | undefined;
  #isTold = false;

  constructor(store: string, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** To be called before the first use. */
  async inspect(session: MysqlSession): Promise<void> {
    const run = await this.#ifUsable(async () => {
      await session.read('SELECT server FROM frond_leftover LIMIT 1');
      await session.read(MAY_DELETE).catch((error: unknown) => {
        if (!isReadOnly(error)) throw error;
      });
      return readMysqlRun(session);
    });
    this.#home = run?.name;
  }

  /** The lowest fitting one; undefined when there is none. */
  async take(session: MysqlSession, tag: string, terms: LeftoverTerms): Promise<TakenRange | undefined> {
    const home = this.#home;
    if (home === undefined) return undefined;
    const values = [tag, terms.notBelow, secondsOf(terms.maxAgeMs), home, tag];
    const rows = await this.#ifUsable(() => session.read<Row>(FITTING, values));
    for (const { start, last } of rows ?? []) {
      const range: TakenRange = { start: BigInt(start), end: BigInt(last), isLeftover: true };
      // One deletion a transaction: it waits for nothing while it holds the gap of one that is gone.
      const take = () => session.transaction(() => this.#delete(session, tag, range, home));
      const isMine = await this.#ifUsable(take).catch((error: unknown) => {
        if (!isCleanRefusal(error) || isReadOnly(error)) throw error;
        return false;
      });
      if (isMine) return range;
    }
    return undefined;
  }

  /** Within a transaction. False when it must not be left. */
  async leave(session: MysqlSession, tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    const home = this.#home;
    const { start, end } = rest;
    const row = home && (await lockedTag(session, tag));
    if (!home || !row || row.tag !== tag || row.maxId < end) return false;
    const run = await readMysqlRun(session);
    if (run?.name !== home || !run.isSettled) return false;
    const isLeft = await this.#ifUsable(async () => {
      await this.#drop(session, tag, await session.read<Row>(OLD, [tag, secondsOf(maxAgeMs)]));
      if ((await session.read(OVERLAPPING, [tag, end, start])).length > 0) return false;
      return (await session.write(LEAVE, [tag, start, end, home])).affectedRows === 1;
    });
    return isLeft ?? false;
  }

  /** Deletes what was left of a tag; within the transaction that retires it. */
  async drop(session: MysqlSession, tag: string): Promise<void> {
    await this.#ifUsable(async () => this.#drop(session, tag, await session.read<Row>(LEFT, [tag])));
  }

  /** Also lets nothing below `floor` be left any more; within the transaction that raises the tag to it. */
  async bar(session: MysqlSession, tag: string, floor: bigint): Promise<void> {
    await this.drop(session, tag);
    await this.#ifUsable(() => session.write(BAR, [tag, BAR_START, floor, floor]));
  }

  async #delete(session: MysqlSession, tag: string, { start, end }: TakenRange, home: string): Promise<boolean> {
    if ((await readMysqlRun(session))?.name !== home) return false;
    return (await session.write(TAKE, [tag, start, end, home])).affectedRows === 1;
  }

  async #drop(session: MysqlSession, tag: string, rows: readonly Row[]): Promise<void> {
    for (const { start } of rows) await session.write(DROP, [tag, BigInt(start)]);
  }

  /** Undefined where the table cannot be used; a transaction goes on then. */
  async #ifUsable<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!UNUSABLE.has(serverErrno(error))) throw error;
      this.#giveUp(error);
      return undefined;
    }
  }

  #giveUp(error: unknown): void {
    this.#home = undefined;
    if (this.#isTold) return;
    this.#isTold = true;
    const fields = { store: this.#store, reason: reasonOfMysql(error) };
    this.#logger.info(fields, 'frond_leftover cannot be used: unused ranges go back only while they are the latest');
  }
}

/** Whole ones, downwards. */
function secondsOf(durationMs: number): number {
  return Math.floor(durationMs / 1000);
}
