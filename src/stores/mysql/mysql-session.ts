import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2';
import { FrondError } from '../../errors.ts';
import { isCleanRefusal } from './mysql-error.ts';

type Value = string | number | bigint | null;

/**
 * One checked-out connection. Values are escaped by the driver's `query()`; never `execute()`, whose prepared
 * statements bind a JavaScript number as DOUBLE, so that `max_id + ?` loses units above 2^53 (delta 999 for step 1000).
 */
export class MysqlSession {
  readonly #connection: PoolConnection;

  constructor(connection: PoolConnection) {
    this.#connection = connection;
  }

  read<Row>(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#query<readonly (Row & RowDataPacket)[]>(sql, values);
  }

  write(sql: string, values: readonly Value[] = []): Promise<ResultSetHeader> {
    return this.#query<ResultSetHeader>(sql, values);
  }

  /**
   * Commits what `work` did, or rolls it back when it throws. After an unknown failure nothing more is sent: the pool
   * destroys the connection, and the server rolls back.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.write('START TRANSACTION');
    try {
      const result = await work();
      await this.write('COMMIT');
      return result;
    } catch (error) {
      if (error instanceof FrondError || isCleanRefusal(error)) await this.write('ROLLBACK');
      throw error;
    }
  }

  #query<Result>(sql: string, values: readonly Value[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, [...values], (error, result) => {
        if (error) reject(error);
        else resolve(result as Result);
      });
    });
  }
}
