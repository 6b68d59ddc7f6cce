import type { MysqlSession } from './mysql-session.ts';

/** No danger to what was given. */
export const READ_ONLY = 'the server is read-only: nothing can be taken from it';

/**
 * The server's settings under which a crash or a failover forgets what it has acknowledged, each as a sentence.
 * https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_flush_log_at_trx_commit
 */
export async function durabilityRisks(session: MysqlSession): Promise<readonly string[]> {
  const rows = await session.read<Record<'flush' | 'sync' | 'binlog' | 'readOnly', number | string>>(
    `SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flush, @@GLOBAL.sync_binlog AS sync,
            @@GLOBAL.log_bin AS binlog, @@GLOBAL.read_only AS readOnly`,
  );
  const [row] = rows;
  if (row === undefined) return [];
  const risks: string[] = [];
  if (Number(row.flush) !== 1) {
    risks.push(`innodb_flush_log_at_trx_commit is ${row.flush}: after a power loss IDs can repeat; set it to 1`);
  }
  if (isOn(row.binlog) && Number(row.sync) !== 1) {
    risks.push(`sync_binlog is ${row.sync}: after a failover IDs can repeat; set it to 1`);
  }
  if (isOn(row.readOnly)) risks.push(READ_ONLY);
  return risks;
}

/** Whether a server's switch is on: some versions show it as a number, others as text. */
export function isOn(value: number | string): boolean {
  return Number(value) === 1 || value === 'ON';
}
