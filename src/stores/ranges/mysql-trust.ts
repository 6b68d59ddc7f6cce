import { FrondError } from '../../errors.ts';
import type { Logger } from '../../system/logger.ts';
import { durabilityRisks, READ_ONLY } from '../mysql/mysql-durability.ts';
import { isCleanRefusal, reasonOfMysql } from '../mysql/mysql-error.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { engineRisks } from './mysql-schema.ts';

export interface MysqlTrustOptions {
  /** Settings under which the server may forget a range: told in the log, or no range is taken. Default `warn`. */
  readonly durability?: 'warn' | 'refuse';
  /** A range that no replica may have: not looked at, told in the log, or thrown away. Default `off`. */
  readonly semiSync?: 'off' | 'warn' | 'refuse';
}

const NOT_SYNCED = 'semi-synchronous replication is off: no replica may have the latest ranges';

/** Watches how a MySQL server could forget ranges that it has acknowledged, and says when it is not to be used. */
export class MysqlTrust {
  readonly #store: string;
  readonly #logger: Logger;
  readonly #durability: NonNullable<MysqlTrustOptions['durability']>;
  readonly #semiSync: NonNullable<MysqlTrustOptions['semiSync']>;
  #settings: readonly string[] = [];
  #synced = true;

  constructor(store: string, logger: Logger, { durability = 'warn', semiSync = 'off' }: MysqlTrustOptions) {
    this.#store = store;
    this.#logger = logger;
    this.#durability = durability;
    this.#semiSync = semiSync;
  }

  /** As sentences; as of the latest look. */
  get risks(): readonly string[] {
    return this.#synced ? this.#settings : [...this.#settings, NOT_SYNCED];
  }

  /** Looks at the settings; each risk is told once. */
  async inspect(session: MysqlSession): Promise<void> {
    const risks = await this.#risksOf(session).catch((error: unknown) => {
      if (!isCleanRefusal(error)) throw error;
      return [`settings cannot be read: ${reasonOfMysql(error)}`];
    });
    for (const risk of risks) if (!this.#settings.includes(risk)) this.#logger.warn({ store: this.#store }, risk);
    this.#settings = risks;
  }

  /** To be called before a range is taken. @throws FrondError STORE_NOT_DURABLE */
  async requireDurable(session: MysqlSession): Promise<void> {
    const risk = this.#settings.find(each => each !== READ_ONLY);
    if (this.#durability === 'refuse' && risk !== undefined) throw this.#notDurable(risk);
    // No range shall be taken only to be thrown away.
    if (!this.#synced) await this.requireSynced(session);
  }

  /**
   * To be called after a range was committed: the server has waited for a replica unless the status is off by then.
   * @throws FrondError STORE_NOT_DURABLE, and the range must not be used
   */
  async requireSynced(session: MysqlSession): Promise<void> {
    if (this.#semiSync === 'off') return;
    const rows = await session.read<{ readonly Value: string }>(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_master_status', 'Rpl_semi_sync_source_status')",
    );
    const synced = rows.some(row => row.Value === 'ON');
    if (synced !== this.#synced) {
      const text = synced ? 'semi-synchronous replication is on again' : NOT_SYNCED;
      this.#logger[synced ? 'info' : 'warn']({ store: this.#store }, text);
    }
    this.#synced = synced;
    if (!synced && this.#semiSync === 'refuse') throw this.#notDurable(NOT_SYNCED);
  }

  async #risksOf(session: MysqlSession): Promise<readonly string[]> {
    const risks = await Promise.all([durabilityRisks(session), engineRisks(session)]);
    return risks.flat();
  }

  #notDurable(reason: string): FrondError {
    return new FrondError('STORE_NOT_DURABLE', { store: this.#store, reason });
  }
}
