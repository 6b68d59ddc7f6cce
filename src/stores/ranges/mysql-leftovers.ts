import type { Logger } from '../../system/logger.ts';
import {
  isCleanRefusal,
  isOvertaken,
  isReadOnly,
  reasonOfMysql,
  SERVER_ERRNO,
  serverErrno,
} from '../mysql/mysql-error.ts';
import { readMysqlRun } from '../mysql/mysql-run.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import type { LeftoverTerms, TakenRange } from '../range-store.ts';
import { BAR_START } from './leftover-bar.ts';
import { lockedTag } from './mysql-tags.ts';

interface Row {
  readonly start: string;
  readonly last: string;
}

interface LeftRow extends Row {
  readonly fits: number;
  /** Of the live row of the tag; null where there is none. */
  readonly maxId: string | null;
}

/** Rows that others may be faster at, before a range is taken as ever. */
const TRIES = 8;

/** The table is not there, is another, or is not ours to use: Leaf's own table suffices. */
const UNUSABLE: ReadonlySet<number | undefined> = new Set([
  SERVER_ERRNO.NO_SUCH_TABLE,
  SERVER_ERRNO.TABLE_ACCESS_DENIED,
  SERVER_ERRNO.BAD_FIELD,
]);

const ALL = `SELECT start_id AS start, end_id AS last,
    start_id >= ? AND left_at + ? > UNIX_TIMESTAMP() AND left_at <= UNIX_TIMESTAMP() AND server = ? AS fits,
    (SELECT max_id FROM leaf_alloc WHERE biz_tag = ? AND step > 0) AS maxId
  FROM frond_leftover WHERE biz_tag = ? ORDER BY start_id`;
const TAGS = 'SELECT DISTINCT biz_tag AS tag FROM frond_leftover WHERE start_id >= 0 AND server = ?';
/** The name of the server goes in as a literal: a replica that repeats the statement is another one. */
const TAKE = 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id = ? AND end_id = ? AND server = ?';
const LEFT = 'SELECT start_id AS start, end_id AS last FROM frond_leftover WHERE biz_tag = ? AND start_id >= 0';
const EVERY = 'SELECT start_id AS start, end_id AS last FROM frond_leftover WHERE biz_tag = ?';
const OLD = `${LEFT} AND left_at + ? <= UNIX_TIMESTAMP()`;
const DROP = 'DELETE FROM frond_leftover WHERE biz_tag = ? AND start_id = ?';
const OVERLAPPING = 'SELECT 1 FROM frond_leftover WHERE biz_tag = ? AND start_id < ? AND end_id > ? LIMIT 1';
const LEAVE = `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server)
  VALUES (?, ?, ?, UNIX_TIMESTAMP(), ?)`;
/** Who may not take must not leave. Nothing is deleted. */
export const MAY_DELETE = "EXPLAIN DELETE FROM frond_leftover WHERE biz_tag = '' AND start_id = 0";
const BAR = `INSERT INTO frond_leftover (biz_tag, start_id, end_id, left_at, server) VALUES (?, ?, ?, UNIX_TIMESTAMP(), '')
  ON DUPLICATE KEY UPDATE end_id = ?, left_at = UNIX_TIMESTAMP()`;

/**
 * Ranges that were left, in `frond_leftover`. Used only where they were left: a server that was started anew, or
 * promoted, may have forgotten that they were taken. Whoever changes the table holds the tag's row of `leaf_alloc`, but
 * for the one deletion that takes a range. Rows are deleted one by one: the deletion of a span would lock the gaps that
 * others insert into, and deadlock.
 *
 * All of it is a courtesy: whatever ails it, ranges are given as ever.
 */
export class MysqlLeftovers {
  readonly #store: string;
  readonly #logger: Logger;
  /** The server when this process began with it. Undefined where nothing is left and no leftover is taken. */
  #home: string | undefined;
  /** Those of which something was left when that was last looked at. */
  #tags = new Set<string>();
  #isGivenUp = false;

  constructor(store: string, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  get canLeave(): boolean {
    return this.#home !== undefined;
  }

  /** False where it is not worth asking: what was left a moment ago may wait for another process. */
  mayHave(tag: string): boolean {
    return this.#home !== undefined && this.#tags.has(tag);
  }

  /** To be called once, before the first range is taken. */
  async inspect(session: MysqlSession): Promise<void> {
    const run = await this.#ifUsable(async () => {
      await session.read('SELECT server FROM frond_leftover LIMIT 1');
      await session.read(MAY_DELETE).catch((error: unknown) => {
        if (!isReadOnly(error)) throw error;
      });
      return readMysqlRun(session);
    }, isCleanRefusal);
    this.#home = run?.name;
    await this.look(session);
  }

  /** Looks which tags there is something of; to be called now and then. */
  async look(session: MysqlSession): Promise<void> {
    const home = this.#home;
    if (home === undefined) return;
    const rows = await this.#ifUsable(() => session.read<{ readonly tag: string }>(TAGS, [home]), isCleanRefusal);
    this.#tags = new Set(rows?.map(({ tag }) => tag));
  }

  #giveUp(error: unknown): void {
    this.#home = undefined;
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    const fields = { store: this.#store, reason: reasonOfMysql(error) };
    this.#logger.info(fields, 'frond_leftover cannot be used: unused ranges go back only while they are the latest');
  }

  /** The lowest fitting one; undefined when there is none. */
  async take(session: MysqlSession, tag: string, terms: LeftoverTerms): Promise<TakenRange | undefined> {
    const home = this.#home;
    if (home === undefined) return undefined;
    const values = [terms.notBelow, secondsOf(terms.maxAgeMs), home, tag, tag];
    const rows = await session.read<LeftRow>(ALL, values);
    if (rows.some(isBeyondRow)) {
      await session.transaction(() => this.#dropFalse(session, tag));
      return undefined;
    }
    for (const { start, last } of rows.filter(row => Number(row.fits) === 1).slice(0, TRIES)) {
      const range: TakenRange = { start: BigInt(start), end: BigInt(last), isLeftover: true };
      // One deletion a transaction: it waits for nothing while it holds the gap of one that is gone.
      const isMine = await session
        .transaction(() => this.#delete(session, tag, range, home))
        .catch((error: unknown) => {
          if (!isOvertaken(error)) throw error;
          return false;
        });
      if (isMine) return range;
    }
    return undefined;
  }

  /** Nothing more is asked of the tag until the next look. */
  forget(tag: string): void {
    this.#tags.delete(tag);
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
    if (this.#isGivenUp) return;
    await this.#ifUsable(async () => this.#drop(session, tag, await session.read<Row>(LEFT, [tag])));
  }

  /** The same of a row that is gone, and what was barred with it; within the transaction that makes the row anew. */
  async clear(session: MysqlSession, tag: string): Promise<void> {
    if (this.#isGivenUp) return;
    await this.#ifUsable(async () => this.#drop(session, tag, await session.read<Row>(EVERY, [tag])));
  }

  /** Also lets nothing below `floor` be left any more; within the transaction that raises the tag to it. */
  async bar(session: MysqlSession, tag: string, floor: bigint): Promise<void> {
    await this.drop(session, tag);
    if (this.#isGivenUp) return;
    await this.#ifUsable(() => session.write(BAR, [tag, BAR_START, floor, floor]));
  }

  /** The row was lowered by hand, or deleted: what was left above it would come a second time when it is there again. */
  async #dropFalse(session: MysqlSession, tag: string): Promise<void> {
    const row = await lockedTag(session, tag);
    const rows = await session.read<Row>(EVERY, [tag]);
    if (row === undefined || rows.every(({ last }) => BigInt(last) <= row.maxId)) return;
    await this.#drop(session, tag, rows);
    const fields = { store: this.#store, tag, maxId: String(row.maxId) };
    this.#logger.warn(fields, 'the row of a tag lies below what was left of it, which is deleted');
  }

  async #delete(session: MysqlSession, tag: string, { start, end }: TakenRange, home: string): Promise<boolean> {
    if ((await readMysqlRun(session))?.name !== home) return false;
    return (await session.write(TAKE, [tag, start, end, home])).affectedRows === 1;
  }

  async #drop(session: MysqlSession, tag: string, rows: readonly Row[]): Promise<void> {
    for (const { start } of rows) await session.write(DROP, [tag, BigInt(start)]);
  }

  /** Undefined where the table cannot be used; a transaction goes on then. */
  async #ifUsable<T>(work: () => Promise<T>, isUseless = isUnusable): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isUseless(error)) throw error;
      this.#giveUp(error);
      return undefined;
    }
  }
}

function isUnusable(error: unknown): boolean {
  return UNUSABLE.has(serverErrno(error));
}

/** Not of a tag without a live row: of that nothing is given. */
function isBeyondRow({ last, maxId }: LeftRow): boolean {
  return maxId !== null && BigInt(last) > BigInt(maxId);
}

/** Whole ones, downwards. */
function secondsOf(durationMs: number): number {
  return Math.floor(durationMs / 1000);
}
