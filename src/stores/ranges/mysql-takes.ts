import { FrondError } from '../../errors.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { ID_MAX, type TakenRange } from '../range-store.ts';
import { TRIGGER_HARM } from './mysql-schema.ts';
import { isOutOfRange } from './mysql-store-error.ts';
import { lockedMaxId } from './mysql-tags.ts';
import { rangeFrom } from './take-request.ts';

/**
 * One round trip, atomic and durable in autocommit: the OK packet carries the new max_id as its insert ID. The range is
 * computed from the step of this very statement, never from the step column, which an operator may change meanwhile.
 */
const TAKE = 'UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(max_id + ?) WHERE biz_tag = ? AND step > 0';

/** How the next range of a tag is taken from `leaf_alloc`. */
export class MysqlTakes {
  readonly #store: string;
  /** True while the latest take did not learn its range. */
  #disturbed = false;

  constructor(store: string) {
    this.#store = store;
  }

  /**
   * @param atLeast the row is lifted to this when it is lower
   * @throws FrondError UNKNOWN_TAG, RANGE_EXHAUSTED, STORE_NOT_INITIALISED; the driver's error
   */
  async take(session: MysqlSession, tag: string, stepIds: number, atLeast: bigint | undefined): Promise<TakenRange> {
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
    if (this.#disturbed) {
      const reason = `a trigger on leaf_alloc ${TRIGGER_HARM}`;
      throw new FrondError('STORE_NOT_INITIALISED', { store: this.#store, reason });
    }
    return { start: end - BigInt(stepIds), end };
  }

  /** A take from a row that is too low, if it still is. */
  async #lift(session: MysqlSession, tag: string, stepIds: number, atLeast: bigint): Promise<TakenRange> {
    const range = rangeFrom(await lockedMaxId(session, tag), stepIds, atLeast);
    if (range.end > ID_MAX) throw new FrondError('RANGE_EXHAUSTED', { tag, stepIds });
    await session.write('UPDATE leaf_alloc SET max_id = ? WHERE biz_tag = ?', [range.end, tag]);
    return range;
  }
}
