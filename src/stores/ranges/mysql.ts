import { FrondError, reasonOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { isCleanRefusal, isOvertaken, reasonOfMysql } from '../mysql/mysql-error.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import type {
  LeftoverTerms,
  RangeStore,
  StoreHealth,
  TagChange,
  TagPatch,
  TagRecord,
  TakenRange,
  TakeTerms,
} from '../range-store.ts';
import { MysqlLeftovers } from './mysql-leftovers.ts';
import { readResidue } from './mysql-residue.ts';
import { missingFromSchema } from './mysql-schema.ts';
import { mysqlStoreError } from './mysql-store-error.ts';
import * as tags from './mysql-tags.ts';
import { MysqlTakes } from './mysql-takes.ts';
import { MysqlTrust, type MysqlTrustOptions } from './mysql-trust.ts';
import { textOf } from './residue.ts';
import { requireTake } from './take-request.ts';

export interface MysqlRangeStoreOptions extends MysqlTrustOptions {
  /** `mysql://user:password@host[:3306]/database[?ssl=required[&ssl-ca=/path/ca.pem]]`, percent-encoded. */
  readonly url: string;
  readonly system: System;
  /** Deadline of a whole call, connecting included; default 1000 ms. */
  readonly timeoutMs?: number;
  /** Connections at most; default 4. */
  readonly poolSize?: number;
}

/** Of a change that others were faster than. */
const CHANGE_TRIES = 4;

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
  /** Whether it has to do with leftovers at all. */
  protected readonly leaves: boolean = true;
  readonly #takes: MysqlTakes;
  readonly #leftovers: MysqlLeftovers;
  #checked = false;
  #checking: Promise<void> | undefined;

  /** Connects to nothing yet. @throws FrondError INVALID_CONFIG */
  constructor(options: MysqlRangeStoreOptions) {
    const address = parseMysqlUrl(options.url);
    const { system, timeoutMs = 1000, poolSize = 4 } = options;
    this.name = address.name;
    this.#system = system;
    this.trust = new MysqlTrust(address.name, system.logger, options);
    this.#takes = new MysqlTakes(address.name);
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
      const { code, message: reason } = error;
      this.#system.logger.warn({ store: this.name, code, reason }, 'the range store does not answer yet');
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async take(tag: string, stepIds: number, terms?: TakeTerms): Promise<TakenRange> {
    requireTake(stepIds, terms);
    const left = terms?.leftovers && (await this.#takeLeft(tag, terms.leftovers));
    if (left !== undefined) return left;
    return this.run(async session => {
      await this.trust.requireDurable(session);
      const range = await this.#takes.take(session, tag, stepIds, terms?.atLeast);
      await this.trust.requireSynced(session);
      return range;
    });
  }

  health(): StoreHealth {
    return { risks: this.trust.risks };
  }

  /** In a call of its own: whatever ails it, the take that follows says. What it has taken then is lost. */
  async #takeLeft(tag: string, terms: LeftoverTerms): Promise<TakenRange | undefined> {
    if (!this.#leftovers.mayHave(tag)) return undefined;
    try {
      const left = await this.run(async session => {
        await this.trust.requireDurable(session);
        const range = await this.#leftovers.take(session, tag, terms);
        if (range !== undefined) await this.trust.requireSynced(session);
        return range;
      });
      if (left !== undefined) return left;
    } catch (error) {
      this.#system.logger.info({ store: this.name, tag, reason: reasonOf(error) }, 'what was left could not be taken');
    }
    this.#leftovers.forget(tag);
    return undefined;
  }

  async giveBack(tag: string, { start, end }: TakenRange): Promise<boolean> {
    const result = await this.run(session => session.write(GIVE_BACK, [start, tag, end]));
    return result.affectedRows === 1;
  }

  async leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    if (!this.#leftovers.canLeave) return false;
    return this.run(session =>
      session
        .transaction(() => this.#leftovers.leave(session, tag, rest, maxAgeMs))
        .catch((error: unknown) => {
          if (!isCleanRefusal(error)) throw error;
          return false;
        }),
    );
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.run(session => tags.readTag(session, tag));
  }

  async listTags(): Promise<readonly TagRecord[]> {
    const records = await this.run(async session => {
      // Regularly: the name may lead to another server by now.
      await this.trust.inspect(session);
      return tags.readTags(session);
    });
    await this.#lookForLeftovers(session => this.#leftovers.look(session));
    return records;
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.#change(async session => {
      const { record, created, isNew } = await tags.putTag(session, tag, change);
      if (change.maxId !== undefined) await this.#leftovers.bar(session, tag, change.maxId);
      else if (isNew) await this.#leftovers.clear(session, tag);
      return { record, created };
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
  }

  /** In a call of its own: a store that is too slow for this gives ranges all the same. */
  async #lookForLeftovers(look: (session: MysqlSession) => Promise<void>): Promise<void> {
    if (!this.leaves) return;
    await this.#pool.run(look).catch((error: unknown) => {
      this.#system.logger.info(
        { store: this.name, reason: reasonOfMysql(error) },
        'what was left could not be looked for',
      );
    });
  }

  /** A server that was away at `open` is checked before its first use. */
  #requireChecked(): Promise<void> | undefined {
    if (this.#checked) return undefined;
    this.#checking ??= this.#pool
      .run(session => this.#check(session))
      .catch(error => {
        throw mysqlStoreError(this.name, error);
      })
      .then(() => this.#lookForLeftovers(session => this.#leftovers.inspect(session)))
      .then(() => {
        this.#checked = true;
      })
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  /** A transaction, begun anew when another was faster. */
  #change<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    return this.run(async session => {
      for (let tries = 1; ; tries++) {
        try {
          return await session.transaction(() => work(session));
        } catch (error) {
          if (!isOvertaken(error) || tries >= CHANGE_TRIES) throw error;
        }
      }
    });
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
