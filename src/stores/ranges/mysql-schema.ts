import type { MysqlSession } from '../mysql/mysql-session.ts';

interface Column {
  readonly name: string;
  readonly type: string;
}

/** The one reason that creating the table cures. */
export const NO_TABLE = 'the table leaf_alloc does not exist';

/** What a trigger does to the take: within and after it LAST_INSERT_ID() is another one. */
export const TRIGGER_HARM = 'hides from LAST_INSERT_ID() which range was taken; drop it';

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
  return (await missingKey(session)) ?? (await disturbingTrigger(session));
}

/** Without the key a tag may have several rows, of which each would count by itself. */
async function missingKey(session: MysqlSession): Promise<string | undefined> {
  const keys = await session.read<{ readonly name: string }>(
    `SELECT index_name AS name FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = 'leaf_alloc' AND non_unique = 0
     GROUP BY index_name
     HAVING COUNT(*) = 1 AND MAX(LOWER(column_name)) = 'biz_tag' AND MAX(sub_part) IS NULL`,
  );
  return keys.length > 0 ? undefined : 'the table leaf_alloc has no primary or unique key on exactly (biz_tag)';
}

/** Seen only with the TRIGGER privilege; without it the first `take` finds out. */
async function disturbingTrigger(session: MysqlSession): Promise<string | undefined> {
  const [trigger] = await session.read<{ readonly name: string }>(
    `SELECT trigger_name AS name FROM information_schema.triggers
     WHERE event_object_schema = DATABASE() AND event_object_table = 'leaf_alloc' AND event_manipulation = 'UPDATE'`,
  );
  return trigger && `the UPDATE trigger ${trigger.name} on leaf_alloc ${TRIGGER_HARM}`;
}

/** How the table itself may forget a range that it gave, as sentences. */
export async function engineRisks(session: MysqlSession): Promise<readonly string[]> {
  const [table] = await session.read<{ readonly engine: string | null }>(
    "SELECT engine AS engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'leaf_alloc'",
  );
  if (table === undefined || table.engine === 'InnoDB') return [];
  return [`the engine of leaf_alloc is ${table.engine}: after a crash IDs can repeat; change it to InnoDB`];
}
