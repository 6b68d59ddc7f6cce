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
