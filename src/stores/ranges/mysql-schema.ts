import type { MysqlSession } from '../mysql/mysql-session.ts';

interface Column {
  readonly name: string;
  readonly type: string;
}

/** The one reason that creating the table cures. */
export const NO_TABLE = 'the table leaf_alloc does not exist';

/** A narrower max_id would end long before 2^63; other columns may be of any type that holds Leaf's values. */
const NEEDED: Readonly<Record<string, string | undefined>> = {
  biz_tag: undefined,
  max_id: 'bigint',
  step: undefined,
  description: undefined,
  update_time: undefined,
};

/** What keeps `leaf_alloc` from being used, in one clause; undefined when nothing does. */
export async function missingFromSchema(session: MysqlSession): Promise<string | undefined> {
  const columns = await session.read<Column>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'leaf_alloc'`,
  );
  if (columns.length === 0) return NO_TABLE;
  const types = new Map(columns.map(column => [column.name.toLowerCase(), column.type.toLowerCase()]));
  for (const [name, type] of Object.entries(NEEDED)) {
    const found = types.get(name);
    if (found === undefined) return `the table leaf_alloc has no column ${name}`;
    if (type !== undefined && found !== type) return `column ${name} of leaf_alloc is ${found}, not ${type}`;
  }
  return undefined;
}

/**
 * The server's settings under which a crash or a failover hands ranges out again, each as a sentence.
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
  if (isOn(row.readOnly)) risks.push('the server is read-only: no range can be taken from it');
  return risks;
}

/** Some versions show a switch as a number, others as text. */
function isOn(value: number | string): boolean {
  return Number(value) === 1 || value === 'ON';
}
